/** One tile, large, while it is held or pointed at. */
import type { LabelPage } from "../../api/types";
import { percent } from "../../ui/State";
import { HeatMap } from "./HeatMap";

interface Props {
  tile: LabelPage["tiles"][number];
  heat: string | null;
}

export function Look({ tile, heat }: Props) {
  const ratio = tile.width / tile.height;
  const preview = tile.thumbnail.replace(/thumbnail$/, "preview");
  return (
    <div className="look" aria-hidden="true">
      <figure
        className="look-frame"
        style={{ aspectRatio: ratio, inlineSize: `min(100cqw, 60rem, calc(100cqh * ${ratio.toString()}))` }}
      >
        <img src={tile.thumbnail} alt="" />
        <img src={preview} alt="" />
        {heat && <HeatMap url={heat} />}
        {tile.score !== null && <figcaption>{percent(tile.score)}</figcaption>}
      </figure>
    </div>
  );
}
