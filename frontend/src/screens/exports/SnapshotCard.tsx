/** One snapshot: its files with their checksums, and what changed since the one before. */
import type { Snapshot } from "../../api/types";
import { useAnnounce } from "../../ui/announce";
import { copyText } from "../../ui/copyText";
import { size } from "../../ui/numbers";
import { Difference } from "./Difference";

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

interface Props {
  project: number;
  snapshot: Snapshot;
  /** The snapshot before this one, to compare it with; null for the first. */
  before: number | null;
}

export function SnapshotCard({ project, snapshot, before }: Props) {
  const announce = useAnnounce();
  const copy = (text: string) =>
    void copyText(text).then((done) =>
      announce(done ? "Checksum copied" : "The checksum could not be copied", { show: true }),
    );
  return (
    <article className="part snapshot" data-testid={`snapshot-${snapshot.number.toString()}`}>
      <header className="part-head">
        <h2>Snapshot {snapshot.number}</h2>
        <span className="part-note">{WHEN.format(new Date(snapshot.created_at))}</span>
      </header>
      {snapshot.finished_at === null ? (
        <>
          <p className="part-note">Being written; you can leave this page.</p>
          <progress className="bar" aria-label="Writing the snapshot" />
        </>
      ) : (
        <>
          <ul className="snapshot-files">
            {snapshot.files.map((file) => (
              <li key={file.name}>
                <a className="button" href={file.url} download>
                  {file.name}
                </a>
                <span>{size(file.size)}</span>
                <button
                  type="button"
                  className="checksum mono"
                  title="Copy the SHA-256 checksum"
                  aria-label={`${file.sha256.slice(0, 16)}…: copy the SHA-256 checksum of ${file.name}`}
                  onClick={() => copy(file.sha256)}
                >
                  {file.sha256.slice(0, 16)}…
                </button>
              </li>
            ))}
          </ul>
          <p className="part-note">
            Matrix <span className="mono">{snapshot.matrix_sha256.slice(0, 24)}…</span>: the same marks always give the
            same checksum.
          </p>
          {before !== null && <Difference project={project} before={before} after={snapshot.number} />}
        </>
      )}
    </article>
  );
}
