/** Every label with what is known of it; each number opens the pictures it counts. */
import { Link } from "react-router";

import type { Progress } from "../../api/types";
import { Meter } from "../../ui/Meter";
import { about, number, share } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { Column } from "../../ui/Table";

const STAGES: Readonly<Record<string, string>> = { name: "from its name", learning: "learning", trained: "trained" };

const COLUMNS: readonly Column[] = [
  { head: "Label" },
  { head: "Decided", className: "coverage-bar" },
  { head: "Present", number: true },
  { head: "Absent", number: true },
  { head: "Unknown", number: true },
  { head: "More expected", number: true },
  { head: "Quality (AP)", number: true },
  { head: "Stage" },
];

type Row = Progress["labels"][number];

export function Coverage({ rows, base, images }: { rows: Progress["labels"]; base: string; images: number }) {
  return (
    <section className="part" aria-labelledby="coverage">
      <header className="part-head">
        <h2 id="coverage">Labels</h2>
        <p className="part-note">Each number opens the pictures behind it.</p>
      </header>
      <Table columns={COLUMNS} className="coverage">
        {rows.map((row) => (
          <CoverageRow key={row.id} row={row} images={images} to={`${base}/by-label/${row.id.toString()}`} />
        ))}
      </Table>
    </section>
  );
}

function CoverageRow({ row, images, to }: { row: Row; images: number; to: string }) {
  return (
    <tr>
      <th scope="row">
        <Link to={to}>{row.name}</Link>
      </th>
      <td className="coverage-bar">
        <Meter
          label={`${row.name}: decided`}
          parts={[
            { value: row.present / images, tone: "present" },
            { value: row.absent / images, tone: "absent" },
            { value: row.cant_tell / images, tone: "unsure" },
          ]}
        />
      </td>
      <Cells to={to} shown="present" count={row.present} label={row.name} />
      <Cells to={to} shown="absent" count={row.absent} label={row.name} />
      <td className="number">
        <Link to={to} aria-label={`${row.name}: ${number(row.unknown)} unknown`}>
          {number(row.unknown)}
        </Link>
        {row.cant_tell > 0 && (
          <Link className="coverage-unsure" to={`${to}?show=cant_tell`}>
            {row.cant_tell} can’t tell
          </Link>
        )}
      </td>
      <td className="number">
        {row.expected_left === null ? "–" : about(row.expected_left.value)}
        {row.expected_left !== null && (
          <span className="faint coverage-range">
            {about(row.expected_left.low)}–{about(row.expected_left.high)}
          </span>
        )}
      </td>
      <td className="number">{share(row.ap, 0)}</td>
      <td>
        <span className="tag">{STAGES[row.stage] ?? row.stage}</span>
      </td>
    </tr>
  );
}

function Cells({ to, shown, count, label }: { to: string; shown: "present" | "absent"; count: number; label: string }) {
  return (
    <td className="number">
      {count === 0 ? (
        "0"
      ) : (
        <Link to={`${to}?show=${shown}`} aria-label={`${label}: ${number(count)} ${shown}`}>
          {number(count)}
        </Link>
      )}
    </td>
  );
}
