/**
 * Who is signed in. `useSession()` gives the person, `signIn`, `signOut`, and `expired`, which is true when a request
 * found nobody signed in although this page knows a person: the sign-in sheet then opens over the page, which stays.
 */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useCallback, useEffect, useMemo, useState } from "react";
import type { ReactNode } from "react";

import { forgetAll, rereadAll } from "./cache";
import { api, rememberCsrf } from "./client";
import { isSignedOut, unwrap } from "./errors";
import type { Person, Session } from "./types";

const LAST_PERSON = "tern.last-person";

interface SessionState {
  /** Nobody knows yet, nobody is signed in, or a person. */
  person: Person | null | undefined;
  demo: boolean;
  demoProject: number | null;
  version: string;
  expired: boolean;
  hasPassword: boolean;
  needsOldPassword: boolean;
  signIn: (username: string, password: string) => Promise<void>;
  setPassword: (old: string, fresh: string) => Promise<void>;
  signOut: () => Promise<void>;
  /** Tell that a request was refused for want of a session. */
  reportExpired: () => void;
}

const SessionContext = createContext<SessionState | null>(null);

export function useSession(): SessionState {
  const state = use(SessionContext);
  if (!state) throw new Error("useSession needs a SessionProvider above it.");
  return state;
}

/** The signed-in person; only below the sign-in gate. */
export function usePerson(): Person {
  const { person } = useSession();
  if (!person) throw new Error("usePerson is only for screens behind the sign-in gate.");
  return person;
}

function lastPerson(): Person | null {
  try {
    return JSON.parse(localStorage.getItem(LAST_PERSON) ?? "null") as Person | null;
  } catch {
    return null;
  }
}

/** What the server last said of who is signed in. */
function useAnswer() {
  const [session, setSession] = useState<Session | null>(null);
  const [person, setPerson] = useState<Person | null | undefined>(undefined);
  const [expired, setExpired] = useState(false);
  const learn = useCallback((answer: Session) => {
    rememberCsrf(answer.csrf);
    setSession(answer);
    setExpired(false);
    setPerson(answer.user);
    if (answer.user) localStorage.setItem(LAST_PERSON, JSON.stringify(answer.user));
  }, []);

  useEffect(() => {
    unwrap(api.GET("/api/session/"))
      .then(learn)
      // Offline at start: go on as the person who worked here last; the server still checks every request.
      .catch(() => setPerson(lastPerson()));
  }, [learn]);
  return { session, person, setPerson, expired, setExpired, learn };
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const { session, person, setPerson, expired, setExpired, learn } = useAnswer();
  const queries = useQueryClient();

  const signIn = useCallback(
    async (username: string, password: string) => {
      const before = person?.id;
      // A token for the form: the one this page holds may have gone with the session.
      rememberCsrf((await unwrap(api.GET("/api/session/"))).csrf);
      learn(await unwrap(api.POST("/api/session/", { body: { username, password } })));
      if (before === undefined) forgetAll(queries);
      else await rereadAll(queries);
    },
    [learn, person, queries],
  );

  const setPassword = useCallback(
    async (old: string, fresh: string) =>
      learn(await unwrap(api.POST("/api/session/password/", { body: { old_password: old, new_password: fresh } }))),
    [learn],
  );

  const signOut = useCallback(async () => {
    await unwrap(api.DELETE("/api/session/")).catch((error: unknown) => {
      if (!isSignedOut(error)) throw error;
    });
    localStorage.removeItem(LAST_PERSON);
    forgetAll(queries);
    setExpired(false);
    setPerson(null);
    learn(await unwrap(api.GET("/api/session/")));
  }, [learn, queries, setExpired, setPerson]);

  const reportExpired = useCallback(() => setExpired(true), [setExpired]);

  const state = useMemo<SessionState>(
    () => ({
      person,
      demo: session?.demo ?? false,
      demoProject: session?.demo_project ?? null,
      version: session?.version ?? "",
      expired,
      hasPassword: session?.has_password ?? true,
      needsOldPassword: session?.needs_old_password ?? true,
      signIn,
      setPassword,
      signOut,
      reportExpired,
    }),
    [person, session, expired, signIn, setPassword, signOut, reportExpired],
  );
  return <SessionContext value={state}>{children}</SessionContext>;
}
