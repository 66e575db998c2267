/** What the cards of a few versions say, in columns: each figure with its interval. */
import type { Schemas, Version } from "../../api/types";
import { estimate, learnedFrom, measuredAlike, sourceWords } from "../../parts/versions/card";
import { Table } from "../../ui/Table";

const ROWS: readonly [string, (card: Schemas["Card"]) => string][] = [
  ["Mean average precision", ({ metrics }) => estimate(metrics.map, metrics.map_low, metrics.map_high)],
  ["Calibration error", ({ metrics }) => estimate(metrics.ece, metrics.ece_low, metrics.ece_high)],
  [
    "Measured on",
    ({ metrics: { n_heldout: measured, source } }) =>
      source === null ? "–" : `${measured.toLocaleString("en-GB")} ${sourceWords(source)}`,
  ],
  ["Learned from", ({ known }) => learnedFrom(known ?? 0)],
];

export function SideBySide({ versions }: { versions: readonly Version[] }) {
  const cards = versions.map((version) => version.card);
  const columns = versions.map(({ number, live }) => ({ head: `Model ${number.toString()}${live ? ", live" : ""}` }));
  return (
    <>
      <Table columns={[{ head: "Figure", hidden: true }, ...columns]} className="side-by-side">
        {ROWS.map(([name, say]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {cards.map((card, place) => (
              <td key={versions[place]?.number}>{say(card)}</td>
            ))}
          </tr>
        ))}
      </Table>
      {!measuredAlike(cards.map((card) => card.metrics)) && (
        <p className="part-note">The two were measured on different marks: their figures cannot be compared.</p>
      )}
    </>
  );
}
