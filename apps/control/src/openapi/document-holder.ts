// The document describes the whole application, so it can only be made once that is there: create-app.ts puts it here.

export class DocumentHolder {
  document: object | null = null;
}
