/** What the cards of a few versions say, in columns: each figure with its interval. */
import type { Version } from "../../api/types";
import { cardOf, estimate, learnedFrom, measuredAlike, sourceWords } from "../../parts/versions/card";
import type { Card } from "../../parts/versions/card";
import { Table } from "../../ui/Table";

const ROWS: readonly [string, (card: Card) => string][] = [
  ["Mean average precision", ({ quality: { map, low, high } }) => estimate(map, low, high)],
  ["Calibration error", ({ quality: { ece, eceLow, eceHigh } }) => estimate(ece, eceLow, eceHigh)],
  [
    "Measured on",
    ({ quality: { heldOut, source } }) =>
      heldOut === null ? "–" : `${heldOut.toLocaleString("en-GB")} ${sourceWords(source)}`,
  ],
  ["Learned from", ({ known }) => learnedFrom(known ?? 0)],
];

export function SideBySide({ versions }: { versions: readonly Version[] }) {
  const cards = versions.map(cardOf);
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
      {!measuredAlike(cards.map((card) => card.quality)) && (
        <p className="part-note">The two were measured on different marks: their figures cannot be compared.</p>
      )}
    </>
  );
}
