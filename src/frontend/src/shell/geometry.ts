/** Where something is on the drawing, in its pixels. */
export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
