// The buckets of vLLM's histograms (v1/metrics/loggers.py, checked against a recorded page).
export const firstTokenBounds = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
export const tokenBounds = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
export const requestBounds = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];
export const iterationBounds = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
export const choicesBounds = [1, 2, 5, 10, 20];
export const preemptionBounds = [1, 2, 3, 4, 5, 10, 20];

/** 1, 2, 5, 10, 20, 50 … up to the window. */
export function oneTwoFive(most: number): readonly number[] {
  const bounds: number[] = [];
  for (let decade = 1; decade <= most; decade *= 10)
    for (const step of [1, 2, 5]) if (step * decade <= most) bounds.push(step * decade);
  return bounds;
}
