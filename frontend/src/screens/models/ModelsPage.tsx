/** All versions of the model: how good each is, which one suggests, and how far its percentages can be believed. */
import { Link } from "react-router";

import { sayError } from "../../api/errors";
import { useJobs } from "../../api/queries";
import type { Schemas, Version } from "../../api/types";
import { useThisProject } from "../../frame/ProjectFrame";
import { ProjectShell } from "../../frame/ProjectShell";
import { Jobs } from "../../parts/jobs/Jobs";
import { INTERVALS_HOLD, learnedFrom, sourceWords } from "../../parts/versions/card";
import { QualityChart } from "../../parts/versions/QualityChart";
import { Retrain } from "../../parts/versions/Retrain";
import { useBlindQuality, useVersions } from "../../parts/versions/useVersions";
import { Empty, Waiting } from "../../ui/Empty";
import { counted, share } from "../../ui/numbers";
import { Table } from "../../ui/Table";
import type { Column } from "../../ui/Table";
import { foldQuick } from "./folding";
import { Promote } from "./Promote";
import { ReliabilityChart } from "./ReliabilityChart";
import "./models.css";

const RUNS_SHOWN = 20;
const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const COLUMNS: readonly Column[] = [
  { head: "Model" },
  { head: "Method" },
  { head: "mAP", number: true },
  { head: "Measured on" },
  { head: "Interval", number: true },
  { head: "Learned from", number: true },
  { head: "Made" },
  { head: "Note" },
  { head: "Acts", hidden: true },
];

export default function ModelsPage() {
  const project = useThisProject();
  const versions = useVersions(project.id);
  const blind = useBlindQuality(project.id);
  const base = `/projects/${project.id.toString()}`;
  const jobs = useJobs(project.id);
  const runs = (jobs.data ?? []).filter((job) => job.kind === "train").slice(0, RUNS_SHOWN);
  const list = versions.data ?? [];
  const points = list
    .map((version) => ({ number: version.number, live: version.live, ...version.card.metrics }))
    .reverse();
  return (
    <ProjectShell
      title="Models"
      lead="Each training makes a version. It goes live by itself unless it is judged worse; a lead can choose another at any time."
      actions={project.role === "lead" && <Retrain project={project.id} />}
    >
      {versions.isPending && <Waiting what="Reading the models" />}
      {versions.isError && !versions.data && (
        <Empty title="The models could not be read" tone="bad">
          {sayError(versions.error)}
        </Empty>
      )}
      {versions.data?.length === 0 && (
        <Empty title="No model yet">
          The first one reads the label names, as soon as there are pictures and labels.
        </Empty>
      )}
      {list.length > 0 && (
        <>
          <div className="two">
            <section className="part" aria-labelledby="quality">
              <header className="part-head">
                <h2 id="quality">Quality</h2>
                <p className="part-note">
                  Mean average precision with its interval, on marks the model did not train on or on blind answers
                  where there are enough. The two are not comparable, so each has a line of its own.
                </p>
              </header>
              <QualityChart points={points} base={`${base}/models`} />
            </section>
            {blind.data && <Blind quality={blind.data} base={base} />}
          </div>
          <section className="part" aria-labelledby="versions">
            <header className="part-head">
              <h2 id="versions">Versions</h2>
            </header>
            <Versions versions={list} base={base} canPromote={project.role === "lead"} project={project.id} />
          </section>
        </>
      )}
      <Jobs project={project} jobs={runs} title="Training runs" />
    </ProjectShell>
  );
}

function Blind({ quality, base }: { quality: Schemas["Quality"]; base: string }) {
  const { map, ece } = quality;
  return (
    <section className="part" aria-labelledby="believe">
      <header className="part-head">
        <h2 id="believe">Do the percentages hold?</h2>
        <p className="part-note">
          Judged by {counted(quality.answered, "blind answer")} only. On the dotted line they mean what they say.
        </p>
      </header>
      {quality.curve.length === 0 ? (
        <p className="part-note">
          No blind answer yet. <Link to={`${base}/audit`}>Answer a few</Link>: they are drawn at random, so they alone
          can tell.
        </p>
      ) : (
        <ReliabilityChart bins={quality.curve} />
      )}
      <dl className="facts">
        <div>
          <dt>mAP by blind answers</dt>
          <dd>
            {map ? `${share(map.value)} (${share(map.low, 0)} to ${share(map.high, 0)})` : "too few answers"}
            {map && <span className="fact-note">{INTERVALS_HOLD}</span>}
          </dd>
        </div>
        <div>
          <dt>Calibration error</dt>
          <dd>{ece ? `${share(ece.value)} (${share(ece.low)} to ${share(ece.high)})` : "too few answers"}</dd>
        </div>
      </dl>
    </section>
  );
}

interface VersionsProps {
  versions: readonly Version[];
  base: string;
  project: number;
  canPromote: boolean;
}

/** Every version that says something by itself stands in the table; quick refits of a day that do not are one line. */
function Versions({ versions, ...rest }: VersionsProps) {
  const { shown, folded } = foldQuick(versions);
  return (
    <>
      <VersionTable versions={shown} all={versions} {...rest} />
      {folded.map(({ day, versions: quick }) => (
        <details key={quick[0]?.number} className="versions-folded">
          <summary>
            {counted(quick.length, "quick refit")} of {day}
            <span className="part-note">
              {" "}
              not live any more, models {quick.at(-1)?.number} to {quick[0]?.number}
            </span>
          </summary>
          <VersionTable versions={quick} all={versions} {...rest} />
        </details>
      ))}
    </>
  );
}

function VersionTable({ versions, all, base, project, canPromote }: VersionsProps & { all: readonly Version[] }) {
  return (
    <Table columns={COLUMNS}>
      {versions.map((version) => {
        const { metrics, known } = version.card;
        return (
          <tr key={version.number}>
            <td className="version-name">
              <Link to={`${base}/models/${version.number.toString()}`}>Model {version.number}</Link>{" "}
              {version.live && <span className="tag tag-live">live</span>}
            </td>
            <td>
              {version.method}
              {version.level && <span className="faint"> {version.level}</span>}
            </td>
            <td className="number">{share(metrics.map)}</td>
            <td className="faint">{metrics.map === null ? "–" : sourceWords(metrics.source)}</td>
            <td className="number faint">
              {metrics.map_low === null ? "–" : `${share(metrics.map_low, 0)} to ${share(metrics.map_high, 0)}`}
            </td>
            <td className="number">{known === null ? "–" : learnedFrom(known)}</td>
            <td className="faint">{WHEN.format(new Date(version.created_at))}</td>
            <td className="version-note">{version.note}</td>
            <td>{canPromote && <Promote project={project} version={version} versions={all} />}</td>
          </tr>
        );
      })}
    </Table>
  );
}
