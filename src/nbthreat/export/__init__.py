"""Export: registers out, through nbconvert. Every format is made from the data of an Assessment, never from a page."""
