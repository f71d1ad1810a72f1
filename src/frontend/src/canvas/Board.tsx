import { ReactFlowProvider } from "@xyflow/react";
import { Canvas } from "./Canvas";
import { Notices } from "./Notices";
import { Palette } from "./Palette";
import { StatusLine } from "./StatusLine";
import { Toolbar } from "./Toolbar";

/** The drawing with all that is needed to work on it. */
export function Board() {
  return (
    <ReactFlowProvider>
      <div className="nbt-board">
        <Toolbar />
        <Palette />
        <Canvas />
        <Notices />
        <StatusLine />
      </div>
    </ReactFlowProvider>
  );
}
