/** What the label view says where there is no label, or no picture, to show. */
import { useNavigate } from "react-router";

import { LIMITS } from "../../api/limits";
import { sayError } from "../../api/errors";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import type { LabelPageNow } from "./useLabelPage";
import { counted } from "../../ui/numbers";

export function NoLabel({
  error,
  isPending,
  count,
  base,
}: {
  error: Error | null;
  isPending: boolean;
  count: number;
  base: string;
}) {
  const navigate = useNavigate();
  if (error) {
    return (
      <Empty title="The labels could not be read" tone="bad">
        {sayError(error)}
      </Empty>
    );
  }
  if (isPending) return <Waiting what="Reading the labels" />;
  return (
    <Empty
      title={count === 0 ? "No label yet" : "This label is gone"}
      action={<Button onPress={() => void navigate(`${base}/labels`)}>Open the label editor</Button>}
    >
      {count === 0
        ? "Name the first label: Tern suggests pictures for it at once, from its name alone."
        : `It was deleted. A lead can bring it back for ${counted(LIMITS.daysToTakeBack, "day")}.`}
    </Empty>
  );
}

interface NoTilesProps {
  page: LabelPageNow;
  shown: string;
  toNext: (() => void) | null;
}

export function NoTiles({ page, shown, toNext }: NoTilesProps) {
  const { query, tiles } = page;
  if (query.isError && !query.data) {
    return (
      <Empty
        title="These pictures could not be read"
        tone="bad"
        action={<Button onPress={() => void query.refetch()}>Try again</Button>}
      >
        {sayError(query.error)}
      </Empty>
    );
  }
  if (tiles === null)
    return <Waiting what={page.hungry ? "Sending what you said, then more pictures" : "Fetching the pictures"} />;
  if (shown !== "unknown") return <Empty title="No picture here">None is in this state for this label.</Empty>;
  return (
    <Empty
      title="Every picture is decided"
      action={
        toNext && (
          <Button kind="main" onPress={toNext}>
            Next label
          </Button>
        )
      }
    >
      Nothing is unknown for this label any more, apart from what you said you cannot tell.
    </Empty>
  );
}
