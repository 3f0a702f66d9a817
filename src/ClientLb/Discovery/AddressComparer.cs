using ClientLb.Endpoints;

namespace ClientLb.Discovery;

/// <summary>Descriptors are one where host and port are: nobody can tell the two apart by calling them.</summary>
internal sealed class AddressComparer : IEqualityComparer<EndpointDescriptor>
{
    public static AddressComparer Instance { get; } = new();

    public bool Equals(EndpointDescriptor? x, EndpointDescriptor? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && x.Port == y.Port && string.Equals(x.Host, y.Host, StringComparison.OrdinalIgnoreCase));

    public int GetHashCode(EndpointDescriptor obj) => HashCode.Combine(obj.Host.GetHashCode(StringComparison.OrdinalIgnoreCase), obj.Port);
}
