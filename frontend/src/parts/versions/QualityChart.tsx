/**
 * Quality over the versions with its interval, a line for each way of measuring; every point opens its model. The same
 * numbers stand in the table beside it.
 */
import { scaleLinear, scalePoint } from "d3-scale";
import { line } from "d3-shape";
import { useNavigate } from "react-router";

import { share } from "../../ui/numbers";
import { seriesOf, sourceWords } from "./card";
import type { Metrics } from "./card";
import "./charts.css";

export interface Point extends Metrics {
  number: number;
  live: boolean;
}

const WIDTH = 640;
const HEIGHT = 230;
// What is hit beside a point: a finger's width on a phone, where the drawing is half as large.
const WIDEST = 100;
const EDGE = { top: 14, right: 14, bottom: 30, left: 44 };

interface Props {
  points: readonly Point[];
  base: string;
}

export function QualityChart({ points, base }: Props) {
  const measured = points.filter((point) => point.map !== null);
  if (measured.length === 0)
    return <p className="part-note">No model has been measured yet: it takes marks to compare with.</p>;
  const scales = scalesOf(measured);
  return (
    <figure className="chart-figure">
      <svg
        className="chart"
        viewBox={`0 0 ${WIDTH.toString()} ${HEIGHT.toString()}`}
        role="group"
        aria-label={`Mean average precision of ${measured.length.toString()} models`}
      >
        <Ticks scales={scales} />
        {seriesOf(measured).map((series) => (
          <SeriesLine key={series.source} series={series} scales={scales} base={base} />
        ))}
      </svg>
      <figcaption className="chart-legend">
        {seriesOf(measured).map(({ source }) => (
          <span key={source} className="chart-series" data-source={source}>
            <svg className="chart-key" viewBox="0 0 34 14" aria-hidden="true">
              <line className="chart-line" x1={1} x2={33} y1={7} y2={7} />
              <Sign source={source} x={17} y={7} r={4.5} />
            </svg>
            on {sourceWords(source)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Where points stand in the drawing. */
function scalesOf(measured: readonly Point[]) {
  const values = measured.flatMap((point) => [
    point.map ?? 0,
    point.map_low ?? point.map ?? 0,
    point.map_high ?? point.map ?? 0,
  ]);
  const x = scalePoint<number>()
    .domain(measured.map((point) => point.number))
    .range([EDGE.left, WIDTH - EDGE.right])
    .padding(0.5);
  const y = scaleLinear()
    .domain([Math.max(0, Math.min(...values) - 0.04), Math.min(1, Math.max(...values) + 0.04)])
    .range([HEIGHT - EDGE.bottom, EDGE.top])
    .nice(4);
  const place = new Map(measured.map((point, index) => [point.number, index]));
  const every = Math.ceil(measured.length / 12);
  return {
    at: (point: Point) => x(point.number) ?? 0,
    y,
    /** What of the width is hit as one point. */
    wide: Math.min(x.step(), WIDEST),
    /** Whether there is room for its number below. */
    isNumbered: (point: Point) => (place.get(point.number) ?? 0) % every === 0,
  };
}

type Scales = ReturnType<typeof scalesOf>;

function Ticks({ scales: { y } }: { scales: Scales }) {
  return y.ticks(4).map((tick) => (
    <g key={tick} className="chart-tick">
      <line x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(tick)} y2={y(tick)} />
      <text x={EDGE.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
        {share(tick, 0)}
      </text>
    </g>
  ));
}

interface SeriesProps {
  series: ReturnType<typeof seriesOf<Point>>[number];
  scales: Scales;
  base: string;
}

function SeriesLine({ series, scales, base }: SeriesProps) {
  const { at, y, isNumbered } = scales;
  const path = line<Point>()
    .x(at)
    .y((point) => y(point.map ?? 0));
  return (
    <g
      className="chart-series"
      data-source={series.source}
      role="group"
      aria-label={`Measured on ${sourceWords(series.source)}: ${series.points.length.toString()}`}
    >
      <path className="chart-line" d={path(series.points) ?? ""} />
      {series.points.map((point) => (
        <Measured key={point.number} point={point} scales={scales} base={base} />
      ))}
      {series.points.filter(isNumbered).map((point) => (
        <text key={point.number} x={at(point)} y={HEIGHT - 8} textAnchor="middle" aria-hidden="true">
          {point.number}
        </text>
      ))}
    </g>
  );
}

/** One model: its value with its interval; opens it. */
function Measured({ point, scales: { at, y, wide }, base }: { point: Point; scales: Scales; base: string }) {
  const navigate = useNavigate();
  const open = () => void navigate(`${base}/${point.number.toString()}`);
  return (
    <g
      className="chart-point"
      data-live={point.live || undefined}
      role="link"
      tabIndex={0}
      aria-label={wordsOf(point)}
      onClick={open}
      onKeyDown={(event) => event.key === "Enter" && open()}
    >
      <title>{wordsOf(point)}</title>
      <rect x={at(point) - wide / 2} y={EDGE.top} width={wide} height={HEIGHT - EDGE.top} fill="transparent" />
      {point.map_low !== null && point.map_high !== null && (
        <line className="chart-range" x1={at(point)} x2={at(point)} y1={y(point.map_low)} y2={y(point.map_high)} />
      )}
      <Sign source={point.source} x={at(point)} y={y(point.map ?? 0)} r={point.live ? 6 : 4.5} />
    </g>
  );
}

/** What a point says when it is pointed at, and to who hears it: the same words. */
function wordsOf(point: Point): string {
  return `Model ${point.number.toString()}: ${share(point.map)} (${share(point.map_low)} to ${share(point.map_high)}), on ${sourceWords(point.source)}${point.live ? ", live" : ""}`;
}

/** A square for blind answers, a circle for anything else: the two differ without their colour. */
function Sign({ source, x, y, r }: { source: Metrics["source"]; x: number; y: number; r: number }) {
  if (source === "audit") return <rect className="chart-sign" x={x - r} y={y - r} width={2 * r} height={2 * r} />;
  return <circle className="chart-sign" cx={x} cy={y} r={r} />;
}
