import { createContext } from "react";

/** Whether the drawing is so far away that the names of flows, unreadable there, are left out. */
export const ZoomedOut = createContext(false);

/** The zoom below which they are: type of twelve pixels is then less than four high. */
export const NAMES_FROM_ZOOM = 0.3;
