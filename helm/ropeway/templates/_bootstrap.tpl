{{/*
When the bootstrap Job runs. With a database of yours it is a hook before install and upgrade: the tables are right before a pod
that needs them starts, and an upgrade whose migration fails changes nothing. A bundled database is not there before the
install, so the first Job runs beside it, and pods wait for the Secrets it makes. A hook comes before the release's own objects
are changed, so its account, Role and policy are hooks, too: they say what the new values want, not what the old ones did.
*/}}

{{/* Nothing where it is an ordinary Job. */}}
{{- define "ropeway.bootstrapHooks" -}}
{{- if ne .Values.database.mode "bundled" -}}pre-install,pre-upgrade
{{- else if not .Release.IsInstall -}}pre-upgrade
{{- end -}}
{{- end -}}

{{/* Beside a bundled database the hook has a name of its own: Helm still owns what the install made. */}}
{{- define "ropeway.bootstrapName" -}}
{{- $isBeside := and (eq .Values.database.mode "bundled") (include "ropeway.bootstrapHooks" .) -}}
{{- include "ropeway.fullname" . }}-bootstrap{{ if $isBeside }}-upgrade{{ end }}
{{- end -}}

{{/* Annotations of what must be there before the Job; nothing where it is an ordinary one. */}}
{{- define "ropeway.bootstrapRightsHook" -}}
{{- with include "ropeway.bootstrapHooks" . -}}
{ helm.sh/hook: {{ . | quote }}, helm.sh/hook-weight: "-10", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded" }
{{- end -}}
{{- end -}}
