/** Many labels from a list: one a line, or with commas; every name is looked at before any label is made. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { labelsSaved } from "../../api/cache";
import { api } from "../../api/client";
import { unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas } from "../../api/types";
import { useAnnounce } from "../../ui/announce";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Form, FormError } from "../../ui/Form";
import { counted } from "../../ui/numbers";
import { Sheet } from "../../ui/Sheet";
import { namesIn } from "./names";

interface Props {
  project: number;
  /** The list as it was pasted; null while the dialog is closed. */
  pasted: string | null;
  onClose: () => void;
}

export function ManyLabels({ project, pasted, onClose }: Props) {
  return (
    <Sheet title="Add many labels" isOpen={pasted !== null} onClose={onClose}>
      <ManyForm project={project} pasted={pasted ?? ""} onClose={onClose} />
    </Sheet>
  );
}

function ManyForm({ project, pasted, onClose }: { project: number; pasted: string; onClose: () => void }) {
  const queries = useQueryClient();
  const announce = useAnnounce();
  const [text, setText] = useState(() => namesIn(pasted).join("\n"));
  const names = namesIn(text);
  const ask = (list: string[], dry_run: boolean) =>
    unwrap(
      api.POST("/api/projects/{project}/labels/many/", {
        params: { path: { project } },
        body: { names: list, dry_run },
      }),
    );
  const looked = useQuery({
    queryKey: [...keys.labels(project), "many", names],
    queryFn: () => ask(names, true),
    enabled: names.length > 0,
    placeholderData: keepPreviousData,
  });
  const told = names.length > 0 ? (looked.data?.names ?? []) : [];
  const good = told.filter((one) => one.problem === "").map((one) => one.name);
  const add = useMutation({
    mutationFn: () => ask(good, false),
    onSuccess: ({ made }) => {
      labelsSaved(queries, project);
      announce(`${counted(made.length, "label")} added`, { show: true });
      onClose();
    },
  });
  const isReady = good.length > 0 && !looked.isPlaceholderData && !add.isPending;
  return (
    <Form
      className="form"
      error={add.error ?? looked.error}
      isPending={add.isPending}
      onSubmit={() => isReady && add.mutate()}
    >
      <Field
        name="names"
        label="Names"
        value={text}
        onChange={setText}
        lines={6}
        autoFocus
        help="One a line, or with commas."
      />
      {told.length > 0 && <Told names={told} />}
      <FormError />
      <div className="form-end">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="main" type="submit" isDisabled={!isReady}>
          Add {counted(good.length, "label")}
        </Button>
      </div>
    </Form>
  );
}

/** What becomes of each name. */
function Told({ names }: { names: readonly Schemas["LabelName"][] }) {
  return (
    <ul className="many-names" aria-label="What becomes of each name" data-testid="many-names">
      {names.map((one, place) => (
        <li key={`${place.toString()}:${one.name}`} data-problem={one.problem !== "" || undefined}>
          <strong>{one.name}</strong>{" "}
          <span>{one.problem || (one.like.length > 0 ? `new; did you mean “${one.like[0] ?? ""}”?` : "new")}</span>
        </li>
      ))}
    </ul>
  );
}
