import { createContext } from "react";

/** Whether the drawing is so far away that the names of flows, unreadable there, are left out. */
export const Far = createContext(false);

/** The zoom below which they are: type of twelve pixels is then less than four high. */
export const FAR = 0.3;
