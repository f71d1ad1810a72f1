import { useActions, useSession } from "./store";
import { Refused } from "./connection";
import { downloadPublished } from "./download";
import { Popover } from "./Popover";

const FORMATS: readonly (readonly [string, string])[] = [
  ["html", "Report (HTML)"],
  ["briefing", "Slides (HTML)"],
  ["xlsx", "Spreadsheet (XLSX)"],
  ["ods", "Spreadsheet (ODS)"],
  ["csv", "Table (CSV)"],
  ["tickets", "Tickets (CSV)"],
  ["json", "Data (JSON)"],
];

/** How far one has come, and the register to take away, for those it is marked for. */
export function Publish() {
  const { ask, tell } = useActions();
  const counts = useSession((state) => state.view.counts.counts);
  const questions = useSession((state) => state.orders.questions.length);
  const publish = async (format: string): Promise<void> => {
    try {
      const { name, marking } = await downloadPublished(ask, format);
      tell(`${name} is made, for those who may read ${marking}.`);
    } catch (error) {
      tell(error instanceof Refused ? error.message : "The file could not be made. Nothing was published.", "refused");
    }
  };
  return (
    <Popover icon="save" name="Publish">
      {counts && (
        <p className="nbt-soft">
          {`${counts.open} open, ${counts.possible} possible, ${counts.toClarify} to clarify, ${counts.mitigated} mitigated.`}
          <br />
          {`${counts.decided} decided, ${questions} left to ask.`}
        </p>
      )}
      {FORMATS.map(([format, words]) => (
        <button key={format} type="button" className="nbt-button nbt-button-quiet" onClick={() => void publish(format)}>
          {words}
        </button>
      ))}
    </Popover>
  );
}
