{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* Labels of everything. */}}
{{- define "proxy.labels" -}}
{{ include "proxy.selector" . }}
app.kubernetes.io/part-of: interdomain-nsm
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* Labels by which the pods are found. */}}
{{- define "proxy.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: proxy
{{- end }}

{{/* Nodes have one of each port, and the domain one Service of that name. */}}
{{- define "proxy.onlyOne" -}}
{{- $root := . -}}
{{- range (lookup "apps/v1" "DaemonSet" "" "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- if and (eq (get $labels "app.kubernetes.io/part-of") "interdomain-nsm") (eq (get $labels "app.kubernetes.io/name") $root.Chart.Name) }}
{{- $instance := get $labels "app.kubernetes.io/instance" }}
{{- if or (ne $instance $root.Release.Name) (ne .metadata.namespace $root.Release.Namespace) }}
{{- fail (printf "this cluster has a release of %s already, %s in namespace %s: nodes have one set of ports. Upgrade that one, or uninstall it first" $root.Chart.Name $instance .metadata.namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
