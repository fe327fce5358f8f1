// A certified OpenID provider for tests: node provider.mjs PORT CITY. It says "ready" when it answers.
// What it says of people is set by POST /control; `forge` makes it send ID tokens that no honest provider sends.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { Provider } from "oidc-provider";

const [port, city] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const secret = "a secret between the two, of 32 bytes or more";
const control = { groups: ["editors"], forge: null, nonce: "" };

const key = await generateKeyPair("RS256", { extractable: true });
const other = await generateKeyPair("RS256", { extractable: true });
const jwk = { ...(await exportJWK(key.privateKey)), alg: "RS256", use: "sig", kid: "own" };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "obzor",
      client_secret: secret,
      redirect_uris: [`${city}/login/oidc/callback`],
      post_logout_redirect_uris: [`${city}/`],
      grant_types: ["authorization_code", "refresh_token"],
    },
  ],
  jwks: { keys: [jwk] },
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  conformIdTokenClaims: false,
  issueRefreshToken: () => true,
  cookies: { keys: ["for tests"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, groups: control.groups }),
  }),
});

/** Every way in which an ID token can be wrong; `honest` is the one that is not. */
const FORGERIES = {
  honest: () => ({}),
  audience: () => ({ claims: { aud: "another" } }),
  audiences: () => ({ claims: { aud: ["obzor", "another"] } }),
  party: () => ({ claims: { azp: "another" } }),
  issuer: () => ({ claims: { iss: "http://127.0.0.1:1" } }),
  nonce: () => ({ claims: { nonce: "of another login" } }),
  "no-nonce": () => ({ claims: { nonce: undefined } }),
  expired: () => ({ claims: { exp: Math.floor(Date.now() / 1000) - 120 } }),
  endless: () => ({ claims: { exp: undefined } }),
  "not-yet": () => ({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
  groups: () => ({ claims: { groups: ["strangers"] } }),
  key: () => ({ key: other.privateKey }),
  "shared-secret": () => ({ alg: "HS256", key: new TextEncoder().encode(secret) }),
  unsigned: () => ({ alg: "none" }),
};

async function forged() {
  const now = Math.floor(Date.now() / 1000);
  const { claims, alg = "RS256", key: by = key.privateKey } = FORGERIES[control.forge]();
  const honest = { iss: issuer, aud: "obzor", sub: "jana", exp: now + 60, nonce: control.nonce };
  const all = { ...honest, preferred_username: "jana", groups: ["editors"], ...claims };
  return alg === "none"
    ? new UnsecuredJWT(all).encode()
    : new SignJWT(all).setProtectedHeader({ alg, kid: "own" }).sign(by);
}

async function body(request) {
  let text = "";
  for await (const part of request) {
    text += part;
  }
  return text;
}

const honest = provider.callback();
const server = createServer(async (request, response) => {
  if (request.url === "/control") {
    Object.assign(control, JSON.parse(await body(request)));
    response.end();
  } else if (request.url === "/token" && control.forge) {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ token_type: "Bearer", access_token: "x", id_token: await forged() }));
  } else {
    honest(request, response);
  }
});
// Nobody reads what the provider says after that.
process.stdout.on("error", () => {});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
