"""The REST interface: parse, ask the policy, call one action or query, answer."""
