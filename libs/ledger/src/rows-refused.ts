/** The sink is there and says no to what is in the rows: the same batch again would be refused again. */
export class RowsRefused extends Error {
  override readonly name = 'RowsRefused';
}
