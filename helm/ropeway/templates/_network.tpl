{{/* Egress rules several policies share. */}}

{{- define "ropeway.toApiServer" -}}
- ports: # the API server
    {{- range .Values.networkPolicy.apiServer.ports }}
    - { port: {{ . }} }
    {{- end }}
  {{- with .Values.networkPolicy.apiServer.to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "ropeway.toDatabase" -}}
{{- if eq .Values.database.mode "bundled" -}}
- ports: [{ port: 5432 }]
  to:
    {{- include "ropeway.peer" (list . "postgresql") | nindent 4 }}
{{- else -}}
- ports: [{ port: {{ .Values.database.external.port }} }] # your PostgreSQL
{{- end }}
{{- end -}}

{{- define "ropeway.toState" -}}
{{ include "ropeway.toDatabase" . }}
{{- if eq .Values.redis.mode "bundled" }}
- ports: [{ port: 6379 }]
  to:
    {{- include "ropeway.peer" (list . "redis") | nindent 4 }}
{{- else if eq .Values.redis.mode "external" }}
- ports: [{ port: {{ .Values.redis.external.port }} }] # your Redis
{{- end }}
{{- end -}}

{{/* Pods of a component of this release, as a peer. Takes (list root component). */}}
{{- define "ropeway.peer" -}}
- podSelector:
    matchLabels: {{- include "ropeway.selector" . | nindent 6 }}
{{- end -}}
