/** The picture, as large as the window allows. The original is fetched only when zoom asks for more than the preview has. */
import { useEffect, useImperativeHandle, useState } from "react";
import type { Ref, RefObject } from "react";

import type { ImageDetail } from "../../api/types";
import { usePreference } from "../../prefs/usePreference";
import { useAnnounce } from "../../ui/announce";
import { isReady } from "./pictures";
import { PictureTools } from "./PictureTools";
import { useStageView } from "./useStageView";
import { AS_IT_IS, filterOf, step } from "./view";
import type { Look } from "./view";

/** What the keys do to the picture. */
export interface StageHandle {
  zoomBy: (factor: number) => void;
  pan: (right: number, down: number) => void;
  toggleZoom: () => void;
  rotate: () => void;
  brighten: (by: number) => void;
  contrast: (by: number) => void;
  invert: () => void;
  reset: () => void;
}

interface HeatMap {
  url: string;
  label: string;
}

interface Props {
  detail: ImageDetail;
  heat: HeatMap | null;
  handle: Ref<StageHandle>;
  /** Holds the picture. */
  frame: RefObject<HTMLDivElement | null>;
}

const TURNS_KEPT = 500;
/** Zoomed in from here, single pixels are shown as they are instead of smoothed. */
const PIXELS_FROM = 3;
const NO_TURNS: Readonly<Record<string, number>> = {};

export function Stage({ detail, heat, handle, frame }: Props) {
  const [look, setLook] = usePreference<Look>("look", AS_IT_IS);
  const [quarters, turn] = useTurns(detail.id);
  const stage = useStageView(frame, detail.id, detail, quarters);
  const sharp = useOriginal(detail, stage.view.scale);

  const resetAll = () => {
    setLook(AS_IT_IS);
    stage.reset();
    turn(0);
  };
  useImperativeHandle(handle, () => ({
    zoomBy: stage.zoomBy,
    pan: stage.pan,
    toggleZoom: stage.toggle,
    rotate: () => turn(quarters + 1),
    brighten: (by) => setLook((now) => ({ ...now, brightness: step(now.brightness, by) })),
    contrast: (by) => setLook((now) => ({ ...now, contrast: step(now.contrast, by) })),
    invert: () => setLook((now) => ({ ...now, invert: !now.invert })),
    reset: resetAll,
  }));

  const { scale } = stage.view;
  const [x, y] = [stage.middle.x - detail.width / 2, stage.middle.y - detail.height / 2];
  const transform = `translate(${x.toString()}px, ${y.toString()}px) rotate(${(quarters * 90).toString()}deg) scale(${scale.toString()})`;
  return (
    <div className="stage">
      <div className="stage-frame" ref={frame} data-testid="stage">
        <div
          className="stage-picture"
          key={detail.id}
          data-pixels={(!stage.isWhole && scale * window.devicePixelRatio > PIXELS_FROM) || undefined}
          style={{ width: detail.width, height: detail.height, transform }}
        >
          <Pictures detail={detail} sharp={sharp} filter={filterOf(look)} />
          {heat && <Heat heat={heat} />}
        </div>
      </div>
      <PictureTools
        look={look}
        scale={scale}
        onLook={setLook}
        onTurn={() => turn(quarters + 1)}
        onZoom={stage.toggle}
        onReset={resetAll}
      />
    </div>
  );
}

/** The picture as sharp as it is at hand, one over the other: nothing flashes where a sharper one comes. */
function Pictures({ detail, sharp, filter }: { detail: ImageDetail; sharp: string | null; filter: string }) {
  return (
    <>
      {!isReady(detail.preview) && <img src={detail.thumbnail} alt="" draggable={false} style={{ filter }} />}
      <img src={detail.preview} alt={detail.file_name} draggable={false} decoding="sync" style={{ filter }} />
      {sharp && <img src={sharp} alt="" draggable={false} style={{ filter }} />}
    </>
  );
}

function Heat({ heat }: { heat: HeatMap }) {
  const announce = useAnnounce();
  return (
    <img
      className="stage-heat"
      src={heat.url}
      alt={`Where the model looks for ${heat.label}`}
      draggable={false}
      onError={() => announce(`There is no heat map of ${heat.label} for this image yet.`, { show: true })}
    />
  );
}

/** The turn of each image, for this person only. */
function useTurns(image: number): [number, (quarters: number) => void] {
  const [turns, setTurns] = usePreference("turns", NO_TURNS);
  const set = (quarters: number) =>
    setTurns((before) => {
      const kept = Object.entries(before).filter(([id]) => id !== image.toString());
      const own: [string, number][] = quarters % 4 ? [[image.toString(), quarters % 4]] : [];
      return Object.fromEntries([...kept, ...own].slice(-TURNS_KEPT));
    });
  return [turns[image.toString()] ?? 0, set];
}

/** The original's address once it is decoded; asked for only when the preview has fewer pixels than the screen shows. */
function useOriginal(detail: ImageDetail, scale: number): string | null {
  const [ready, setReady] = useState<string | null>(null);
  const previewSide = usePreviewSide(detail.preview);
  const side = Math.max(detail.width, detail.height);
  const wanted = previewSide > 0 && previewSide < side && scale * window.devicePixelRatio > (previewSide / side) * 1.02;
  useEffect(() => {
    if (!wanted || ready === detail.original) return;
    let left = false;
    const picture = new Image();
    picture.src = detail.original;
    picture
      .decode()
      .then(() => !left && setReady(detail.original))
      // The preview stays; the next zoom asks again.
      .catch(() => undefined);
    return () => {
      left = true;
    };
  }, [wanted, detail.original, ready]);
  return wanted && ready === detail.original ? ready : null;
}

function usePreviewSide(url: string): number {
  const [side, setSide] = useState({ url: "", side: 0 });
  useEffect(() => {
    let left = false;
    const picture = new Image();
    picture.src = url;
    picture
      .decode()
      .then(() => !left && setSide({ url, side: Math.max(picture.naturalWidth, picture.naturalHeight) }))
      .catch(() => undefined);
    return () => {
      left = true;
    };
  }, [url]);
  return side.url === url ? side.side : 0;
}
