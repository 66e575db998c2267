/** One tile, large, while it is held or pointed at. */
import type { LabelPage } from "../../api/types";
import { percent } from "../../ui/State";

interface Props {
  tile: LabelPage["tiles"][number];
  heat: string | null;
}

export function Look({ tile, heat }: Props) {
  const preview = tile.thumbnail.replace(/thumbnail$/, "preview");
  return (
    <div className="look" aria-hidden="true">
      <figure className="look-frame" style={{ aspectRatio: `${tile.width.toString()} / ${tile.height.toString()}` }}>
        <img src={tile.thumbnail} alt="" />
        <img src={preview} alt="" />
        {heat && <img className="tile-heat" src={heat} alt="" />}
        {tile.score !== null && <figcaption>{percent(tile.score)}</figcaption>}
      </figure>
    </div>
  );
}
