/** Something shown this once, to be copied: `<Secret label="One-time link" value={link} />`. It takes the focus, selected. */
import { useEffect, useRef, useState } from "react";

import { useAnnounce } from "./announce";
import { Button } from "./Button";
import { copyText } from "./copyText";
import "./secret.css";

export function Secret({ label, value }: { label: string; value: string }) {
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [value]);
  const copy = async () => {
    const done = await copyText(value);
    setCopied(done);
    announce(done ? `${label} copied` : "It could not be copied: select it and copy it by hand", { show: !done });
  };
  return (
    <div className="secret">
      <input
        ref={field}
        readOnly
        aria-label={label}
        value={value}
        onFocus={(event) => event.target.select()}
        data-testid="secret"
      />
      <Button icon={copied ? "check" : "copy"} onPress={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
