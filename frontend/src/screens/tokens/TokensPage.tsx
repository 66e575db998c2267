/** Tokens: how scripts sign in. A secret is shown once; a token can be revoked at any time. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { tokensChanged } from "../../api/cache";
import { api } from "../../api/client";
import { sayError, unwrap } from "../../api/errors";
import { keys } from "../../api/queries";
import type { Schemas } from "../../api/types";
import { Shell } from "../../frame/Shell";
import { Button } from "../../ui/Button";
import { Empty, Waiting } from "../../ui/Empty";
import { Field } from "../../ui/Field";
import { Form, FormError, Submit } from "../../ui/Form";
import { Secret } from "../../ui/Secret";
import "../../frame/pages.css";
import "./tokens.css";

type Token = Schemas["Token"];

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export default function TokensPage() {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const tokens = useQuery<Token[]>({ queryKey: keys.tokens, queryFn: () => unwrap(api.GET("/api/tokens/")) });
  const make = useMutation({
    mutationFn: () => unwrap(api.POST("/api/tokens/", { body: { name } })),
    onSuccess: () => {
      setName("");
      void tokensChanged(queries);
    },
  });
  const living = tokens.data?.filter((token) => token.revoked_at === null) ?? [];
  return (
    <Shell trail={[{ text: "Tokens" }]}>
      <div className="wrap page">
        <header className="page-head">
          <div>
            <h1>Tokens</h1>
            <p className="page-lead">
              A script that carries a token acts as you. The <a href="/api/docs/">API pages</a> say what it can do.
            </p>
          </div>
        </header>
        <section className="part" aria-label="New token">
          <Form className="token-new" error={make.error} isPending={make.isPending} onSubmit={() => make.mutate()}>
            <Field name="name" label="What is it for?" value={name} onChange={setName} placeholder="nightly export" />
            <Submit isDisabled={name.trim() === ""}>Make a token</Submit>
            <FormError />
          </Form>
          {make.data && (
            <div className="form">
              <p>
                The secret of “{make.data.name}”, shown only now. Send it as{" "}
                <span className="mono">Authorization: Bearer …</span>
              </p>
              <Secret label="Secret" value={make.data.secret} />
            </div>
          )}
        </section>
        {tokens.isPending && <Waiting what="Reading your tokens" />}
        {tokens.isError && !tokens.data && (
          <Empty title="Your tokens could not be read" tone="bad">
            {sayError(tokens.error)}
          </Empty>
        )}
        {tokens.data && living.length === 0 && <p className="part-note">No token works at present.</p>}
        {living.length > 0 && (
          <ul className="part tokens">
            {living.map((token) => (
              <TokenRow key={token.id} token={token} />
            ))}
          </ul>
        )}
      </div>
    </Shell>
  );
}

function TokenRow({ token }: { token: Token }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/tokens/{token}/", { params: { path: { token: token.id } } })),
    onSettled: () => tokensChanged(queries),
  });
  const used = token.last_used_at === null ? "never used" : `last used ${WHEN.format(new Date(token.last_used_at))}`;
  return (
    <li className="token">
      <span>
        <strong>{token.name}</strong>
        <span className="part-note">
          {" "}
          made {WHEN.format(new Date(token.created_at))}, {used}
        </span>
      </span>
      <Button kind="danger" isPending={revoke.isPending} onPress={() => revoke.mutate()}>
        Revoke
      </Button>
    </li>
  );
}
