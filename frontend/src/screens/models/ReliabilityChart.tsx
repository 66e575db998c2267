/** Of suggestions of about this probability, how many were right: on the diagonal they mean what they say. */
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

import type { Bin } from "../../parts/versions/card";
import { share } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { Column } from "../../ui/Table";
import "../../parts/versions/charts.css";

const SIDE = 260;
const EDGE = 40;
const COLUMNS: readonly Column[] = [
  { head: "Suggested" },
  { head: "Was present", number: true },
  { head: "Interval", number: true },
  { head: "Answers", number: true },
];
const TICKS = [0, 0.25, 0.5, 0.75, 1];

const x = scaleLinear()
  .domain([0, 1])
  .range([EDGE, SIDE - 10]);
const y = scaleLinear()
  .domain([0, 1])
  .range([SIDE - EDGE, 10]);

export function ReliabilityChart({ bins }: { bins: readonly Bin[] }) {
  return (
    <div className="reliability">
      <Curve bins={bins} />
      <Table columns={COLUMNS}>
        {bins.map((bin) => (
          <tr key={bin.probability}>
            <td>{share(bin.probability, 0)}</td>
            <td className="number">{share(bin.present, 0)}</td>
            <td className="number faint">
              {share(bin.low, 0)} to {share(bin.high, 0)}
            </td>
            <td className="number">{bin.answers}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Curve({ bins }: { bins: readonly Bin[] }) {
  const most = Math.max(1, ...bins.map((bin) => bin.answers));
  const path = line<Bin>()
    .x((bin) => x(bin.probability))
    .y((bin) => y(bin.present))(bins.slice());
  return (
    <svg
      className="chart"
      viewBox={`0 0 ${SIDE.toString()} ${SIDE.toString()}`}
      role="img"
      aria-label="Reliability curve; the table beside it has the numbers"
    >
      {TICKS.map((tick) => (
        <Tick key={tick} tick={tick} />
      ))}
      <line className="chart-ideal" x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} />
      {path && <path className="chart-line" d={path} />}
      {bins.map((bin) => (
        <line
          key={bin.probability}
          className="chart-range chart-range-thin"
          x1={x(bin.probability)}
          x2={x(bin.probability)}
          y1={y(bin.low)}
          y2={y(bin.high)}
        />
      ))}
      {bins.map((bin) => (
        <circle
          key={bin.probability}
          className="chart-bin"
          cx={x(bin.probability)}
          cy={y(bin.present)}
          r={3 + 5 * Math.sqrt(bin.answers / most)}
        />
      ))}
      <text className="chart-axis" x={(SIDE + EDGE) / 2} y={SIDE - 4} textAnchor="middle">
        suggested
      </text>
    </svg>
  );
}

function Tick({ tick }: { tick: number }) {
  return (
    <g className="chart-tick">
      <line x1={EDGE} x2={SIDE - 10} y1={y(tick)} y2={y(tick)} />
      <text x={EDGE - 6} y={y(tick)} dy="0.32em" textAnchor="end">
        {share(tick, 0)}
      </text>
      <text x={x(tick)} y={SIDE - EDGE + 16} textAnchor="middle">
        {share(tick, 0)}
      </text>
    </g>
  );
}
