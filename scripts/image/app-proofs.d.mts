export const PROOFS: readonly { readonly app: string }[];
