/**
 * `/openapi.json`: the API as OpenAPI 3.1, out of the zod schemas that stand at the routes, and `/docs`:
 * the same as a page to read and to try. Routes
 * say what they take and answer with `documented`; one that says nothing is not listed.
 */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance, FastifySchema, RouteShorthandOptions } from "fastify";
import { jsonSchemaTransform, validatorCompiler } from "fastify-type-provider-zod";
import { type ZodType, z } from "zod";
import type { Access } from "./auth/access.ts";

export interface RouteDocument {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly params?: ZodType;
  readonly querystring?: ZodType;
  readonly body?: ZodType;
  /** Types of the body; JSON where it does not say. */
  readonly consumes?: readonly string[];
  /** Status → the answer's schema, or what `file` gives. */
  readonly response?: Readonly<Record<number, ZodType | FileAnswer>>;
}

export interface FileAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: ZodType }>>;
}

/** An answer that is no JSON. */
export function file(type: string, description: string): FileAnswer {
  return { description, content: { [type]: { schema: z.string() } } };
}

/** Before any route: it sees only those that come after it. */
export async function openApi(http: FastifyInstance): Promise<void> {
  // What a route's schema says is checked by zod; what it answers is written as it is.
  http.setValidatorCompiler(validatorCompiler);
  http.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await http.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      components: {
        securitySchemes: {
          token: {
            type: "http",
            scheme: "bearer",
            description:
              "A personal access token; the words beside it are scopes, of which one does.",
          },
          session: {
            type: "apiKey",
            in: "cookie",
            name: "waymark_session",
            description: "A browser that signed in; over TLS the name begins with __Host-.",
          },
        },
      },
      info: {
        title: "Waymark",
        version: "1",
        description: "Recordings become matched lines on a map.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
    },
    hideUntagged: true,
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      return { schema, url: readableUrl(url, document.schema?.params) };
    },
  });
  await http.register(swaggerUi, {
    routePrefix: "/docs",
    theme: { title: "Waymark's API" },
    // The page itself, without the bar of the library that draws it.
    uiConfig: { layout: "BaseLayout", docExpansion: "list", deepLinking: true },
  });
  http.get("/openapi.json", async (_request, reply) => {
    reply.header("access-control-allow-origin", "*");
    return http.swagger();
  });
}

/**
 * Options of a route that is described but checks what comes by itself, in its own words. A route
 * that lets the schema check gives the document as its `schema`.
 */
export function documented(
  document: RouteDocument,
  access: Access = "public",
): RouteShorthandOptions {
  return {
    schema: { ...document, ...securityOf(access) } as FastifySchema,
    validatorCompiler: () => () => true,
    config: { access },
  };
}

function securityOf(access: Access): object {
  if (access === "public") return { security: [] };
  if (access === "session") return { security: [{ session: [] }] };
  const security = [{ session: [] }, ...access.scopes.map((scope) => ({ token: [scope] }))];
  return access.role === undefined ? { security } : { security, "x-role": access.role };
}

/** A wildcard has the name of the last parameter; patterns of parameters are left out. */
function readableUrl(url: string, params: unknown): string {
  const shape = (params as { shape?: Readonly<Record<string, unknown>> } | undefined)?.shape ?? {};
  const last = Object.keys(shape).at(-1);
  const named = last === undefined ? url : url.replace(/\*$/, `:${last}`);
  return named.replace(/\(\^[^)]*\)/g, "");
}
