/** How a table was understood: its columns with examples, and what each value means. */
import { StateGlyph } from "../../ui/State";
import type { MarkState } from "../../ui/State";
import { counted, number } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { Schemas } from "../../api/types";

type PlanTableShape = Schemas["PlanTable"];

const ROLES: Readonly<Record<string, string>> = {
  picture: "names the picture",
  label: "a label",
  labels: "names the labels",
  value: "says the value",
  metadata: "kept with the picture",
  group: "keeps pictures together",
  split: "kept as the split",
  hash: "content of the picture",
  score: "scores, not marks",
  ignored: "not used",
};

const MEANS: Readonly<Record<string, { text: string; state: MarkState | null }>> = {
  present: { text: "present", state: "present" },
  absent: { text: "absent", state: "absent" },
  unknown: { text: "unknown", state: "unknown" },
  cant_tell: { text: "can’t tell", state: "cant-tell" },
  refuse: { text: "no value: these cells are left out", state: null },
  asked: { text: "asked above", state: null },
};

const SHOWN = 40;

export function PlanTable({ table }: { table: PlanTableShape }) {
  return (
    <section className="part" aria-labelledby="plan-table" data-testid="plan-table">
      <header className="part-head">
        <h2 id="plan-table">{table.name}</h2>
        <span className="part-note">
          read as {table.profile.replaceAll("_", " ")}; {number(table.matched)} of {counted(table.pictures, "picture")}{" "}
          found
        </span>
      </header>
      <Table columns={[{ head: "Column" }, { head: "What it is" }, { head: "Examples" }]} className="plan-columns">
        {table.columns.slice(0, SHOWN).map((column) => (
          <tr key={column.name} data-role={column.role}>
            <td className="plan-name">{column.name || "(no name)"}</td>
            <td>{ROLES[column.role] ?? column.role}</td>
            <td className="plan-examples">{column.examples.join(" · ")}</td>
          </tr>
        ))}
      </Table>
      {table.columns.length > SHOWN && (
        <p className="part-note">and {counted(table.columns.length - SHOWN, "more column")}</p>
      )}
      {table.legend.length > 0 && (
        <dl className="legend" aria-label="What the values mean" data-testid="legend">
          {table.legend.slice(0, SHOWN).map((value) => (
            <div key={value.text} data-means={value.means}>
              <dt>
                <span className="legend-text">{value.text === "" ? "blank" : value.text}</span>
                <span className="faint"> × {number(value.count)}</span>
              </dt>
              <dd>
                {MEANS[value.means]?.state && <StateGlyph state={MEANS[value.means]?.state ?? "unknown"} size={16} />}
                {MEANS[value.means]?.text ?? value.means}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
