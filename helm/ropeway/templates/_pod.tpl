{{/* Parts of pods that are alike. */}}

{{/* Pod Security "restricted". */}}
{{- define "ropeway.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "ropeway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Scheduling of Ropeway's own programs. Takes (list root component values defaultClass). */}}
{{- define "ropeway.scheduling" -}}
{{- $root := index . 0 -}}{{- $component := index . 1 -}}{{- $values := index . 2 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "ropeway.priorityClass" (list $root "gateway" $values.priorityClassName) }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- if $values.topologySpreadConstraints }}
{{- toYaml $values.topologySpreadConstraints | nindent 2 }}
{{- else }}
{{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "ropeway.selector" (list $root $component) | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end -}}

{{/* Volumes and mounts of secrets. Takes (list root names..) as a dict of flags. */}}
{{- define "ropeway.secretVolumes" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "ropeway.pepperSecret" . }}
          items:
            {{- range .Values.secrets.pepper.versions }}
            - { key: {{ . | int64 | toString | quote }}, path: {{ printf "pepper/%d" (int64 .) }} }
            {{- end }}
      - secret:
          name: {{ include "ropeway.databaseSecret" . }}
          items: [{ key: {{ include "ropeway.databaseKey" . }}, path: database/url }]
      {{- with include "ropeway.redisSecret" . }}
      - secret:
          name: {{ . }}
          items: [{ key: {{ include "ropeway.redisKey" $ }}, path: redis/password }]
      {{- end }}
      {{- range include "ropeway.pools" . | fromJsonArray }}
      {{- if .apiKeySecret.name }}
      - secret:
          name: {{ .apiKeySecret.name }}
          items: [{ key: {{ .apiKeySecret.key }}, path: {{ printf "workers/%s" .name }} }]
      {{- end }}
      {{- end }}
{{- end -}}
