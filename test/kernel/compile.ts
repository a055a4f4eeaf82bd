/**
 * Compiles the trees' inner loops: `npm run kernel` writes src/learn/tree/grow/simd-code.ts from the
 * AssemblyScript beside it. The code is kept in the repository, so that nothing is compiled at install.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { main } from "assemblyscript/asc";

const root = join(import.meta.dirname, "..", "..");
const source = join(root, "src/learn/tree/grow/assembly/kernel.ts");
export const KERNEL_CODE = join(root, "src/learn/tree/grow/simd-code.ts");

/** The text of simd-code.ts. */
export async function compileKernel(): Promise<string> {
  const own = await compile([]);
  const shared = await compile([
    "--sharedMemory",
    "--maximumMemory",
    "65536",
    "--enable",
    "threads",
  ]);
  return `/** Compiled from assembly/kernel.ts by \`npm run kernel\`: WebAssembly in base64. */
export const SIMD_CODE = ${literal(own)};

/** The same over memory that threads share. */
export const SHARED_SIMD_CODE = ${literal(shared)};
`;
}

async function compile(flags: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "waymark-kernel-"));
  try {
    const output = join(folder, "kernel.wasm");
    const { error, stderr } = await main([
      relative(process.cwd(), source),
      "--outFile",
      output,
      ...["-O3", "--converge", "--noAssert", "--runtime", "stub", "--importMemory"],
      ...["--enable", "simd", ...flags],
    ]);
    if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`);
    return readFileSync(output).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function literal(text: string): string {
  const lines = text.match(/.{1,96}/g)!.map((line) => `  "${line}",\n`);
  return `[\n${lines.join("")}].join("")`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(KERNEL_CODE, await compileKernel());
