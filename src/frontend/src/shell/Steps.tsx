import { useActions, useSession } from "./store";

/** One step back, one step forth, by their names. */
export function Steps() {
  const status = useSession((state) => state.view.status.status);
  const { run } = useActions();
  const step = (op: "undo" | "redo", word: string, name: string | null | undefined) => (
    <button type="button" className="nbt-button" aria-disabled={!name} onClick={() => name && run({ name: op })}>
      {name ? `${word}: ${name}` : word}
    </button>
  );
  return (
    <>
      {step("undo", "Undo", status?.undo)}
      {step("redo", "Redo", status?.redo)}
    </>
  );
}
