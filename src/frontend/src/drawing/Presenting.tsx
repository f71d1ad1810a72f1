import { useReactFlow, useStore } from "@xyflow/react";
import { useEffect, useRef, type RefObject } from "react";
import { useUi } from "../shell/store";

/** Room at the sides for flows that bow out of the boxes. */
export const FIT = { padding: { x: "18px", y: "14px" }, maxZoom: 1 } as const;
const SETTLE_MS = 60;

/** Shows everything anew when presenting begins or ends, and tells the style sheet the zoom, for type to stay large. */
export function Presenting({ home }: { home: RefObject<HTMLDivElement | null> }) {
  const present = useUi((state) => state.present);
  const zoom = useStore((state) => (present ? state.transform[2] : 1));
  const { fitView } = useReactFlow();
  const before = useRef(present);
  useEffect(() => home.current?.style.setProperty("--nbt-zoom", zoom.toFixed(3)), [home, zoom]);
  useEffect(() => {
    if (before.current === present) return;
    before.current = present;
    const timer = setTimeout(() => void fitView({ ...FIT, maxZoom: present ? 1.6 : FIT.maxZoom }), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [present, fitView]);
  return null;
}
