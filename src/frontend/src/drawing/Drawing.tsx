import { ReactFlowProvider } from "@xyflow/react";
import { Canvas } from "./Canvas";
import { Notices } from "../shell/Notices";
import { Palette } from "./Palette";
import { StatusLine } from "../shell/StatusLine";
import { Toolbar } from "../shell/Toolbar";

/** The drawing with all that is needed to work on it. */
export function Drawing() {
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
