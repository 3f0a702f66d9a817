using System.Net.Http.Headers;
using ClientLb.Grpc.Tests.Protos;

namespace ClientLb.Grpc.Tests.Infrastructure;

/// <summary>A call that has ended: its messages, its status, and the metadata on both sides of them.</summary>
internal sealed record GrpcReply(IReadOnlyList<Sound> Sounds, int Status, string Message, HttpResponseHeaders Headers, HttpResponseHeaders Trailers, string? Encoding)
{
    /// <summary>Its one message.</summary>
    public Sound Sound => Sounds.Count == 1 ? Sounds[0] : throw new InvalidOperationException($"{Sounds.Count} messages, and status {Status}: {Message}");

    /// <summary>True where the status stood in the headers, and there was nothing else.</summary>
    public bool IsTrailersOnly => Headers.Contains("grpc-status");
}
