/** The small bar under the picture: zoom, turn, brightness, contrast, invert. */
import { useState } from "react";
import { Label, Slider, SliderThumb, SliderTrack } from "react-aria-components";

import { useHint } from "../../keys/useKeys";
import { Button } from "../../ui/Button";
import { AS_IT_IS } from "./view";
import type { Look } from "./view";

interface Props {
  look: Look;
  scale: number;
  onLook: (change: (look: Look) => Look) => void;
  onTurn: () => void;
  onZoom: () => void;
  onReset: () => void;
}

export function PictureTools({ look, scale, onLook, onTurn, onZoom, onReset }: Props) {
  const [open, setOpen] = useState(false);
  const hint = useHint();
  const changed = look.brightness !== 1 || look.contrast !== 1 || look.invert;
  const pixels = Math.round(scale * window.devicePixelRatio * 100);
  return (
    <div className="tools" role="toolbar" aria-label="Picture">
      <Button
        kind="quiet"
        icon="zoom"
        label={`Zoom, now ${pixels.toString()}% of its pixels`}
        keyHint={hint("zoom")}
        onPress={onZoom}
      />
      <span className="tools-scale" aria-hidden="true">
        {pixels}%
      </span>
      <Button kind="quiet" icon="rotate" label="Turn by a quarter" keyHint={hint("rotate")} onPress={onTurn} />
      <Button
        kind="quiet"
        icon="sun"
        label="Brightness and contrast"
        pressed={open || changed}
        onPress={() => setOpen(!open)}
      />
      {open && (
        <>
          <Level
            label="Brightness"
            value={look.brightness}
            onChange={(brightness) => onLook((now) => ({ ...now, brightness }))}
          />
          <Level
            label="Contrast"
            value={look.contrast}
            onChange={(contrast) => onLook((now) => ({ ...now, contrast }))}
          />
          <Button
            kind="quiet"
            icon="invert"
            label="Invert"
            keyHint={hint("invert")}
            pressed={look.invert}
            onPress={() => onLook((now) => ({ ...now, invert: !now.invert }))}
          />
        </>
      )}
      {(changed || open) && (
        <Button
          kind="quiet"
          icon="undo"
          label="Picture as it is"
          keyHint={hint("reset-picture")}
          isDisabled={look === AS_IT_IS}
          onPress={onReset}
        />
      )}
    </div>
  );
}

function Level({ label, value, onChange }: { label: string; value: number; onChange: (value: number) => void }) {
  return (
    <Slider
      className="level"
      minValue={0.3}
      maxValue={3}
      step={0.05}
      value={value}
      onChange={(now) => onChange(now as number)}
    >
      <Label className="hidden-text">{label}</Label>
      <SliderTrack className="level-track">
        <SliderThumb className="level-thumb" />
      </SliderTrack>
    </Slider>
  );
}
