{{/* Names and labels. */}}

{{- define "ropeway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "ropeway.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "ropeway.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "ropeway.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels a selector may have: they never change. Takes (list root component). */}}
{{- define "ropeway.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "ropeway.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "ropeway.labels" -}}
{{- $root := index . 0 -}}
{{ include "ropeway.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: ropeway
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{- define "ropeway.poolSelector" -}}
{{- $root := index . 0 -}}
{{- $pool := index . 1 -}}
{{ include "ropeway.selector" (list $root "worker") }}
ropeway.dev/pool: {{ $pool.name }}
{{- end -}}

{{/* What discovery reads off a pod. Takes (list root pool). */}}
{{- define "ropeway.ropeLabels" -}}
{{- $pool := index . 1 -}}
ropeway.dev/rope-factor: {{ include "ropeway.ropeFactor" $pool | quote }}
ropeway.dev/window: {{ $pool.window | int64 | quote }}
{{- end -}}

{{- define "ropeway.ropeFactor" -}}
{{- if eq .rope.type "yarn" -}}{{- .rope.factor -}}{{- else -}}1{{- end -}}
{{- end -}}

{{/* Takes (dict "image" .. "root" .. "tag" default tag). */}}
{{- define "ropeway.imageOf" -}}
{{- if .image.digest -}}
{{- printf "%s@%s" .image.repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" .image.repository (default .tag .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "ropeway.image" -}}
{{- include "ropeway.imageOf" (dict "image" .Values.image "tag" .Chart.AppVersion) -}}
{{- end -}}

{{- define "ropeway.pepperSecret" -}}
{{- default (printf "%s-pepper" (include "ropeway.fullname" .)) .Values.secrets.pepper.existingSecret -}}
{{- end -}}
{{- define "ropeway.adminSecret" -}}
{{- default (printf "%s-admin" (include "ropeway.fullname" .)) .Values.secrets.admin.existingSecret -}}
{{- end -}}
{{- define "ropeway.firstKeySecret" -}}
{{- default (printf "%s-first-key" (include "ropeway.fullname" .)) .Values.secrets.firstKey.existingSecret -}}
{{- end -}}
{{- define "ropeway.databaseSecret" -}}
{{- if eq .Values.database.mode "external" -}}{{ .Values.database.external.existingSecret }}{{- else -}}{{ include "ropeway.fullname" . }}-postgresql{{- end -}}
{{- end -}}
{{- define "ropeway.databaseKey" -}}
{{- if eq .Values.database.mode "external" -}}{{ .Values.database.external.key }}{{- else -}}url{{- end -}}
{{- end -}}
{{- define "ropeway.redisSecret" -}}
{{- if eq .Values.redis.mode "bundled" -}}{{ include "ropeway.fullname" . }}-redis{{- else if eq .Values.redis.mode "external" -}}{{ .Values.redis.external.existingSecret }}{{- end -}}
{{- end -}}
{{- define "ropeway.redisKey" -}}
{{- if eq .Values.redis.mode "external" -}}{{ .Values.redis.external.key }}{{- else -}}password{{- end -}}
{{- end -}}
{{- define "ropeway.priorityClass" -}}
{{- $root := index . 0 -}}{{- $own := index . 2 -}}
{{- if $own -}}{{ $own }}{{- else if $root.Values.priorityClasses.create -}}{{ include "ropeway.fullname" $root }}-{{ index . 1 }}{{- end -}}
{{- end -}}
