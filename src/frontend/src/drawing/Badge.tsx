import type { Badge as Counts } from "../shell/protocol";

export function inWords({ open, possible, toClarify }: Counts): string {
  return [open && `${open} open`, possible && `${possible} possible`, toClarify && `${toClarify} to clarify`]
    .filter(Boolean)
    .join(", ");
}

export function hasAny(counts: Counts | undefined): counts is Counts {
  return counts !== undefined && counts.open + counts.possible + counts.toClarify > 0;
}

/** Counts of findings: a filled diamond before what is open, a hollow circle before what is possible, a mark before what is to clarify. */
export function Badge({ counts }: { counts: Counts | undefined }) {
  if (!hasAny(counts)) return null;
  return (
    <span
      className="nbt-count"
      data-open={counts.open > 0}
      role="img"
      aria-label={inWords(counts)}
      title={inWords(counts)}
    >
      {counts.open > 0 && (
        <span className="nbt-count-open">
          <Mark open />
          {counts.open}
        </span>
      )}
      {counts.possible > 0 && (
        <span className="nbt-count-possible">
          <Mark />
          {counts.possible}
        </span>
      )}
      {counts.toClarify > 0 && <span className="nbt-count-to-clarify">? {counts.toClarify}</span>}
    </span>
  );
}

function Mark({ open = false }: { open?: boolean }) {
  return (
    <svg width="9" height="9" viewBox="0 0 10 10" aria-hidden="true">
      {open ? (
        <path d="M5 0 10 5 5 10 0 5Z" fill="currentColor" />
      ) : (
        <circle cx="5" cy="5" r="3.9" fill="none" stroke="currentColor" strokeWidth="1.8" />
      )}
    </svg>
  );
}
