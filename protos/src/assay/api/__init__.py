"""The wire of Assay: protobuf messages and gRPC services by domain, generated from protos/."""
