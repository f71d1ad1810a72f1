/** Small pictures for buttons; each button also has its name in words. */

const WAYS = {
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H6",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H10",
  align: "M3 2v12M6 4h7v3H6zM6 9.5h4v3H6z",
  tidy: "M2 3h4v3H2zM10 3h4v3h-4zM6 11h4v3H6zM4 6v2.5h8V6M8 8.5V11",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  map: "M2 3h12v10H2zM8 8h4v3H8z",
  table: "M2 3h12v10H2zM2 6.5h12M6 6.5V13",
  present: "M2 3h12v8H2zM8 11v2.5M5 13.5h6",
  help: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.8-1.1 1.6M8 12.2v.6",
  close: "M4 4l8 8M12 4l-8 8",
  boundary: "M3 2.5h10v11H3zM3 6h10",
  save: "M8 2.5v7M5 7l3 3 3-3M3 13h10",
} as const;

export type IconName = keyof typeof WAYS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={WAYS[name]} strokeDasharray={name === "boundary" ? "2.4 2" : undefined} />
    </svg>
  );
}

/** What an element of this kind looks like. */
export function ShapeIcon({ shape }: { shape: "process" | "store" | "external" | "boundary" }) {
  return (
    <svg
      width="22"
      height="16"
      viewBox="0 0 22 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      aria-hidden="true"
    >
      {shape === "process" && <rect x="1.5" y="2" width="19" height="12" rx="4" />}
      {shape === "store" && <path d="M1.5 2h19v12h-19zM4.5 2v12M17.5 2v12" />}
      {shape === "external" && <rect x="2.2" y="2.7" width="17.6" height="10.6" strokeWidth="3" />}
      {shape === "boundary" && <rect x="1.5" y="2" width="19" height="12" rx="3" strokeDasharray="3 2" />}
    </svg>
  );
}
