// osrm-text-instructions ships no types: what the tests use of it.
declare module "osrm-text-instructions" {
  interface Compiler {
    compile(language: string, step: unknown, options?: object): string;
  }
  export default function osrmTextInstructions(version: "v5"): Compiler;
}
