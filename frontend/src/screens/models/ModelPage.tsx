/** The card of one version: what it learned from, how good it is on the whole and label by label. */
import { Link, useParams } from "react-router";

import { moreExpected } from "../../api/expected";
import { useLabels, useProgress } from "../../api/queries";
import type { Schemas, Version } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { changeOf, INTERVALS_HOLD, sourceWords } from "../../parts/versions/card";
import { useVersions } from "../../parts/versions/useVersions";
import { Empty, Waiting } from "../../ui/Empty";
import { about, counted, share } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { Column } from "../../ui/Table";
import { Promote } from "./Promote";
import { ReliabilityChart } from "./ReliabilityChart";
import "./models.css";

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const COLUMNS: readonly Column[] = [
  { head: "Label" },
  { head: "Average precision" },
  { head: "AP", number: true },
  { head: "Marks", number: true },
  { head: "Present", number: true },
];

export default function ModelPage() {
  const project = useThisProject();
  const number = Number(useParams()["number"]);
  const versions = useVersions(project.id);
  const list = versions.data ?? [];
  const at = list.findIndex((version) => version.number === number);
  const version = list[at];
  return (
    <ProjectShell
      title={`Model ${number.toString()}`}
      lead={version?.note}
      actions={version && project.role === "lead" && <Promote project={project.id} version={version} versions={list} />}
    >
      {versions.isPending && <Waiting what="Reading the card" />}
      {versions.data && !version && <Empty title="There is no such model">It may never have been finished.</Empty>}
      {version && <Facts project={project.id} version={version} before={list[at + 1]} />}
      {version && <Believe project={project.id} card={version.card} />}
      {version && <ByLabel project={project.id} card={version.card} />}
    </ProjectShell>
  );
}

function Facts({ project, version, before }: { project: number; version: Version; before: Version | undefined }) {
  const { card } = version;
  const { metrics } = card;
  const earlier = before?.card.metrics;
  const progress = useProgress(project);
  const left = progress.data && moreExpected(progress.data);
  const change = earlier ? changeOf(metrics, earlier) : null;
  const isOther = earlier?.map != null && metrics.map !== null && change === null;
  return (
    <section className="part" aria-label="Card">
      <p className="big-number">
        {metrics.map === null ? "Not measured" : `${share(metrics.map)} mAP`}{" "}
        {version.live && <span className="tag tag-live">live</span>}
      </p>
      <dl className="facts">
        <Fact term="Interval">
          {metrics.map_low === null
            ? "too few marks to tell"
            : `${share(metrics.map_low)} to ${share(metrics.map_high)}`}
          {metrics.map_low !== null && metrics.source === "audit" && (
            <span className="fact-note">{INTERVALS_HOLD}</span>
          )}
        </Fact>
        <Fact term="Against the version before">
          {isOther
            ? `not comparable: that one was measured on ${sourceWords(earlier.source)}`
            : change === null
              ? "–"
              : `${change >= 0 ? "+" : "−"}${Math.abs(change * 100).toFixed(1)} points`}
        </Fact>
        <Fact term="Measured on">
          {metrics.source === null
            ? "–"
            : `${metrics.n_heldout.toLocaleString("en-GB")} ${sourceWords(metrics.source)}`}
        </Fact>
        <Fact term="Calibration error">
          {share(metrics.ece)}
          {metrics.ece_low !== null && ` (${share(metrics.ece_low)} to ${share(metrics.ece_high)})`}
        </Fact>
        {version.live && (
          <Fact term="Positives still expected">{left == null ? "–" : `${about(left)} among the unknown`}</Fact>
        )}
        <Fact term="Learned from">
          {card.known === null ? "–" : `${counted(card.known, "mark")} on ${counted(card.n_images, "picture")}`}
        </Fact>
        <Fact term="Method">{version.method}</Fact>
        <Fact term="Took">{card.seconds === null ? "–" : `${card.seconds.toFixed(card.seconds < 10 ? 1 : 0)} s`}</Fact>
        <Fact term="Made">{WHEN.format(new Date(version.created_at))}</Fact>
      </dl>
    </section>
  );
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Whether its percentages can be believed, as blind answers told when it was trained. */
function Believe({ project, card }: { project: number; card: Schemas["Card"] }) {
  const { curve, n_heldout: answers } = card.metrics;
  return (
    <section className="part" aria-labelledby="believe">
      <header className="part-head">
        <h2 id="believe">Do the percentages hold?</h2>
        <p className="part-note">
          {curve.length > 0
            ? `Judged by ${counted(answers, "blind answer")} when it was trained. On the dotted line they mean what they say.`
            : "Too few blind answers when it was trained to draw the reliability curve."}
        </p>
      </header>
      {curve.length > 0 ? (
        <ReliabilityChart bins={curve} />
      ) : (
        <Link to={`/projects/${project.toString()}/audit`}>Answer blind questions</Link>
      )}
    </section>
  );
}

function ByLabel({ project, card }: { project: number; card: Schemas["Card"] }) {
  const labels = useLabels(project);
  const names = new Map(labels.data?.map((label) => [label.id, label.name]));
  const rows = card.labels.toSorted((one, other) => (other.ap ?? -1) - (one.ap ?? -1));
  return (
    <section className="part" aria-labelledby="by-label">
      <header className="part-head">
        <h2 id="by-label">Label by label</h2>
        <p className="part-note">Average precision with its interval; rare labels swing.</p>
      </header>
      <Table columns={COLUMNS}>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              <Link to={`/projects/${project.toString()}/by-label/${row.id.toString()}`}>
                {names.get(row.id) ?? `label ${row.id.toString()}`}
              </Link>
            </td>
            <td className="ap-cell">
              <ApBar ap={row.ap} low={row.ap_low} high={row.ap_high} />
            </td>
            <td className="number">{share(row.ap, 0)}</td>
            <td className="number">{row.known}</td>
            <td className="number">{row.positives}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function ApBar({ ap, low, high }: { ap: number | null; low: number | null; high: number | null }) {
  if (ap === null) return <span className="faint">not measured yet</span>;
  return (
    <span className="ap" aria-hidden="true">
      <span className="ap-fill" style={{ inlineSize: share(ap) }} />
      {low !== null && high !== null && (
        <span className="ap-range" style={{ insetInlineStart: share(low), inlineSize: share(high - low) }} />
      )}
    </span>
  );
}
