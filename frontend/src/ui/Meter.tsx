/** A thin bar of shares: `<Meter label="Known" parts={[{ value: 0.2, tone: "present" }]} />`; shares are of 1. */
import "./meter.css";

interface Props {
  label: string;
  parts: readonly { value: number; tone: "present" | "absent" | "unsure" | "guess" | "sea"; name?: string }[];
}

export function Meter({ label, parts }: Props) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const now = Math.round(total * 1000) / 10;
  return (
    <div
      className="meter"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={now}
      title={`${label}: ${now.toString()}%`}
    >
      {parts.map((part) => (
        <span
          key={part.tone}
          className={`meter-${part.tone}`}
          style={{ inlineSize: `${(part.value * 100).toFixed(2)}%` }}
        />
      ))}
    </div>
  );
}
