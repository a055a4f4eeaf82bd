/**
 * Gradient noise on the plane (Perlin, "Improving Noise", SIGGRAPH 2002) and its octave sums: the
 * raw material of hills, forests and everything else that must look grown. Pure, seeded, 40 ns a call.
 */
import { createRng } from "../base/rng.ts";

export interface Noise {
  /** About −1 … 1, mean 0, one feature per unit of distance. */
  at(x: number, y: number): number;
  /** Octaves of halving size and weight, about −1 … 1. */
  fbm(x: number, y: number, octaves: number): number;
  /** Sharp crests and round valleys, 0 … 1. */
  ridged(x: number, y: number, octaves: number): number;
}

export function createNoise(seed: number, stream: number): Noise {
  const rng = createRng(seed, stream);
  const table = new Uint8Array(512);
  for (let i = 0; i < 256; i++) table[i] = i;
  for (let i = 255; i > 0; i--) {
    const j = Math.floor(rng() * (i + 1));
    const swap = table[i]!;
    table[i] = table[j]!;
    table[j] = swap;
  }
  table.copyWithin(256, 0, 256);
  const gradX = new Float64Array(256);
  const gradY = new Float64Array(256);
  for (let i = 0; i < 256; i++) {
    const angle = (i / 256) * 2 * Math.PI;
    gradX[i] = Math.cos(angle);
    gradY[i] = Math.sin(angle);
  }
  const at = (x: number, y: number): number => {
    const ix = Math.floor(x);
    const iy = Math.floor(y);
    const fx = x - ix;
    const fy = y - iy;
    const px = ix & 255;
    const py = iy & 255;
    const row0 = table[py]!;
    const row1 = table[(py + 1) & 255]!;
    const g00 = table[px + row0]!;
    const g10 = table[((px + 1) & 255) + row0]!;
    const g01 = table[px + row1]!;
    const g11 = table[((px + 1) & 255) + row1]!;
    const u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    const v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const n00 = gradX[g00]! * fx + gradY[g00]! * fy;
    const n10 = gradX[g10]! * (fx - 1) + gradY[g10]! * fy;
    const n01 = gradX[g01]! * fx + gradY[g01]! * (fy - 1);
    const n11 = gradX[g11]! * (fx - 1) + gradY[g11]! * (fy - 1);
    const a = n00 + u * (n10 - n00);
    const b = n01 + u * (n11 - n01);
    return (a + v * (b - a)) * 1.5;
  };
  return {
    at,
    fbm(x, y, octaves) {
      let sum = 0;
      let weight = 0.5;
      let scale = 1;
      for (let i = 0; i < octaves; i++) {
        sum += at(x * scale + i * 17.3, y * scale - i * 9.1) * weight;
        weight *= 0.5;
        scale *= 2.03;
      }
      return sum;
    },
    ridged(x, y, octaves) {
      let sum = 0;
      let weight = 0.5;
      let scale = 1;
      for (let i = 0; i < octaves; i++) {
        const n = 1 - Math.abs(at(x * scale - i * 31.7, y * scale + i * 12.9));
        sum += n * n * weight;
        weight *= 0.5;
        scale *= 2.07;
      }
      return sum;
    },
  };
}
