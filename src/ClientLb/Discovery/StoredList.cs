using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>A list as it is kept on disk.</summary>
/// <param name="Endpoints">The endpoints.</param>
/// <param name="ConfirmedAt">When the source last said so, by the wall clock: the only one that two processes share.</param>
internal sealed record StoredList(IReadOnlyList<EndpointDescriptor> Endpoints, DateTimeOffset ConfirmedAt);
