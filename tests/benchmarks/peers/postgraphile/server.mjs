// PostGraphile in production mode on the tables of `almoner bench read`, which starts this with ALMONER_PEER_… set.
// A request brings the product's access token; its tenant and the application's role hold for the request's transaction.

import "./production.mjs";
import { createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const told = (name) => {
  const value = process.env[`ALMONER_PEER_${name}`];
  if (!value) throw new Error(`ALMONER_PEER_${name} is not set; \`almoner bench read --peer\` sets it.`);
  return value;
};
const keys = new Map(
  JSON.parse(told("PUBLIC_KEY")).keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: "jwk" })]),
);
const issuer = told("ISSUER");
const audience = told("AUDIENCE");

const json = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

// Claims of verified tokens, as the product remembers them too: a signature takes longer than a small read.
const verified = new Map();

function claimsOf(header) {
  const token = /^Bearer (\S+)$/i.exec(header ?? "")?.[1];
  if (!token) throw new Error("Send a token.");
  let claims = verified.get(token);
  if (!claims) {
    const [head, body, signature] = token.split(".");
    const { alg, kid } = json(head);
    const key = keys.get(kid);
    const signed = Buffer.from(`${head}.${body}`);
    if (alg !== "Ed25519" || !key || !verify(null, signed, key, Buffer.from(signature, "base64url"))) {
      throw new Error("The token is not valid.");
    }
    claims = json(body);
    if (claims.iss !== issuer || claims.aud !== audience) throw new Error("The token is not valid.");
    if (verified.size > 4096) verified.clear();
    verified.set(token, claims);
  }
  if (claims.exp * 1000 <= Date.now()) throw new Error("The token has ended.");
  return claims;
}

const relation = (fieldName) => ({ tags: { foreignSimpleFieldName: fieldName, behavior: "+list -connection" } });

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [
    jsonPgSmartTags({
      version: 1,
      config: {
        class: {
          // The product's own table of that name makes room.
          "almoner.organization": { tags: { name: "party" } },
          "almoner.bench_organization": { tags: { name: "organization" } },
          "almoner.bench_document": { tags: { name: "document" } },
          "almoner.bench_signature": { tags: { name: "signature" } },
        },
        constraint: {
          "almoner.bench_document.bench_document_tenant_id_organization_id_fkey": relation("documents"),
          "almoner.bench_signature.bench_signature_tenant_id_document_id_fkey": relation("signatures"),
        },
      },
    }),
  ],
  pgServices: [
    makePgService({ connectionString: told("DATABASE_URL"), schemas: ["almoner"], poolConfig: { max: 8 } }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false, outputDataAsString: true },
  grafast: {
    explain: false,
    context({ node }) {
      const claims = claimsOf(node.req.headers.authorization);
      return { pgSettings: { role: "almoner_app", "almoner.tenant_id": claims.tenant } };
    },
  },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(Number(told("PORT")), "127.0.0.1");
