import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { DocumentHolder } from './document-holder.ts';
import { OpenRoute } from './documented.ts';

const documentAnswer = z.object({ openapi: z.string() }).loose();

@ApiTags('description')
@Controller('admin/openapi.json')
export class OpenApiController {
  readonly #holder: DocumentHolder;

  constructor(@Inject(DocumentHolder) holder: DocumentHolder) {
    this.#holder = holder;
  }

  @OpenRoute({ path: '', summary: 'This document', answer: documentAnswer })
  describeApi() {
    return this.#holder.document;
  }
}
