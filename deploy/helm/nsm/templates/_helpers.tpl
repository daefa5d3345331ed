{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* Labels of everything: (list . COMPONENT). */}}
{{- define "nsm.labels" -}}
{{- $root := index . 0 -}}
{{ include "nsm.selector" . }}
app.kubernetes.io/part-of: interdomain-nsm
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* Labels by which pods are found. */}}
{{- define "nsm.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Metadata of a component's pods. */}}
{{- define "nsm.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "nsm.labels" . | nindent 2 }}
  {{- with $root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: {{ index . 1 }}
  {{- with $root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "nsm.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What all pods have in common: (list . COMPONENT VALUES PLACEMENT). */}}
{{- define "nsm.podSpec" -}}
{{- $root := index . 0 -}}
{{- $values := index . 2 -}}
{{- $placement := index . 3 -}}
serviceAccountName: {{ include "nsm.fullName" . }}
automountServiceAccountToken: false
# Their variables NSM_... would be taken for options.
enableServiceLinks: false
terminationGracePeriodSeconds: 15
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with $placement.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $placement.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $placement.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Name of a component's objects: fixed, since programs find each other by it. */}}
{{- define "nsm.fullName" -}}
{{- $component := index . 1 -}}
{{- if hasPrefix "nsm" $component }}{{ $component }}{{ else }}nsm-{{ $component }}{{ end }}
{{- end }}

{{/* Options that all programs have. */}}
{{- define "nsm.commonArgs" -}}
{{- if not .Values.insecure }}
{{- fail "this version speaks plaintext only, and wants to be told so: --set insecure=true" }}
{{- end -}}
- --insecure
- --log-level={{ .Values.logLevel }}
{{- end }}

{{/* Options of programs that know the domain's names and addresses. */}}
{{- define "nsm.domainArgs" -}}
- --domain={{ join "," (append .Values.domain "$(HOST_IP)") }}
{{- $sources := list -}}
{{- if .Values.nodeAddresses }}{{ $sources = append $sources "kubernetes" }}{{ end -}}
{{- if .Values.addressMap }}{{ $sources = append $sources "/etc/nsm/address-map.yaml" }}{{ end -}}
{{- with $sources }}
- --address-map={{ join "," . }}
{{- end }}
{{- end }}

{{/* Where a container finds the Kubernetes API and its service account's token; as kubelet would mount it, were it for all. */}}
{{- define "nsm.apiMount" -}}
- name: api
  mountPath: /var/run/secrets/kubernetes.io/serviceaccount
  readOnly: true
{{- end }}

{{- define "nsm.apiVolume" -}}
- name: api
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3600
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                apiVersion: v1
                fieldPath: metadata.namespace
{{- end }}

{{/* Lets a component do what a cluster role says: (list . COMPONENT ROLE). */}}
{{- define "nsm.clusterRoleBinding" -}}
{{- $root := index . 0 -}}
{{- $account := include "nsm.fullName" . -}}
{{- $role := index . 2 -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ if eq $account $role }}{{ $role }}{{ else }}{{ $role }}-{{ $account }}{{ end }}
  labels:
    {{- include "nsm.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $role }}
subjects:
  - kind: ServiceAccount
    name: {{ $account }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}

{{/* Pods' folders are mounts, which come later than the container that is to see them. */}}
{{- define "nsm.podsPropagation" -}}
{{- if .Values.csi.enabled -}}
mountPropagation: HostToContainer
{{- end }}
{{- end }}

{{- define "nsm.addressMapMount" -}}
{{- if .Values.addressMap }}
- name: address-map
  mountPath: /etc/nsm
  readOnly: true
{{- end }}
{{- end }}

{{- define "nsm.addressMapVolume" -}}
{{- if .Values.addressMap }}
- name: address-map
  configMap:
    name: nsm-address-map
{{- end }}
{{- end }}

{{/* What makes the names of a node's programs different from those of the same node in another domain. */}}
{{- define "nsm.place" -}}
{{ first .Values.domain | default "$(HOST_IP)" }}-$(NODE_NAME)
{{- end }}

{{- define "nsm.nodeEnv" -}}
- name: NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: HOST_IP
  valueFrom:
    fieldRef:
      fieldPath: status.hostIP
{{- end }}

{{/* Probes by the program's own socket: (list ADDRESS). It is started again only when it does not answer; what it waits for
   makes it not ready. */}}
{{- define "nsm.probes" -}}
startupProbe:
  exec:
    command: [nsmctl, alive, {{ . | quote }}]
  periodSeconds: 1
  timeoutSeconds: 5
  failureThreshold: 60
readinessProbe:
  exec:
    command: [nsmctl, ready, {{ . | quote }}]
  periodSeconds: 5
  timeoutSeconds: 5
livenessProbe:
  exec:
    command: [nsmctl, alive, {{ . | quote }}]
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end }}

{{/* One domain has one of each port, folder and registry. */}}
{{- define "nsm.onlyOne" -}}
{{- $root := . -}}
{{- range (lookup "apps/v1" "DaemonSet" "" "").items }}
{{- $labels := .metadata.labels | default dict }}
{{- if and (eq (get $labels "app.kubernetes.io/part-of") "interdomain-nsm") (eq (get $labels "app.kubernetes.io/name") $root.Chart.Name) }}
{{- $instance := get $labels "app.kubernetes.io/instance" }}
{{- if or (ne $instance $root.Release.Name) (ne .metadata.namespace $root.Release.Namespace) }}
{{- fail (printf "this cluster has a release of %s already, %s in namespace %s: nodes have one set of ports, sockets and tunnels. Upgrade that one, or uninstall it first" $root.Chart.Name $instance .metadata.namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Not empty when Helm talks to a cluster. What is to happen at the release's end is left out of "helm template", whose
   output somebody applies. */}}
{{- define "nsm.inCluster" -}}
{{- if lookup "v1" "Namespace" "" "default" }}yes{{ end }}
{{- end }}

{{/* Annotations of what is made when all else of the release is deleted: (list WEIGHT POLICY), in order of weight. With the policy
   hook-succeeded it goes at the end, for which Helm takes it even when a later one fails. */}}
{{- define "nsm.afterDelete" -}}
helm.sh/hook: post-delete
helm.sh/hook-weight: {{ index . 0 | quote }}
helm.sh/hook-delete-policy: {{ index . 1 }}
{{- end }}

{{/* What works on the node's kernel may: with privileged=false not more than it needs, which docs/kubernetes.md explains. */}}
{{- define "nsm.dataplaneSecurity" -}}
readOnlyRootFilesystem: true
{{- if .Values.forwarder.privileged }}
privileged: true
{{- else }}
runAsUser: 0
runAsGroup: 0
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
  add: [NET_ADMIN, SYS_ADMIN, SYS_PTRACE]
seccompProfile:
  type: RuntimeDefault
# These two would keep it from other pods' processes, /proc/sys and eBPF whatever the capabilities.
seLinuxOptions:
  type: spc_t
{{- if semverCompare ">=1.30-0" .Capabilities.KubeVersion.Version }}
appArmorProfile:
  type: Unconfined
{{- end }}
{{- end }}
{{- end }}

{{/* How it sees the BPF file system: one that the node gets later is seen, too. */}}
{{- define "nsm.bpfMount" -}}
- name: bpf
  mountPath: /sys/fs/bpf
  mountPropagation: HostToContainer
{{- end }}
