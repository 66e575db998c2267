/** Something shown this once, to be copied: `<Secret label="One-time link" value={link} />`. */
import { useState } from "react";

import { useAnnounce } from "./announce";
import { Button } from "./Button";
import "./secret.css";

export function Secret({ label, value }: { label: string; value: string }) {
  const announce = useAnnounce();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    announce(`${label} copied`);
  };
  return (
    <div className="secret">
      <input readOnly aria-label={label} value={value} onFocus={(event) => event.target.select()} data-testid="secret" />
      <Button icon={copied ? "check" : "copy"} onPress={() => void copy()}>
        {copied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}
