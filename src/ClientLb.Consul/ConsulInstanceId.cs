using ClientLb.Consul.Wire;

namespace ClientLb.Consul;

/// <summary>
/// Writes <c>dc/node/service-id</c>, with <c>partition/namespace</c> after the data centre where Consul Enterprise says them, into a buffer that is used again, so that an instance is found among the known ones without a text for
/// each look.
/// </summary>
internal sealed class ConsulInstanceId
{
    private char[] _buffer = new char[128];
    private int _length;

    public ReadOnlySpan<char> Text => _buffer.AsSpan(0, _length);

    public void Write(WireNode? node, WireService instance)
    {
        _length = 0;
        Add(node?.Datacenter);
        AddPart(instance.Partition ?? node?.Partition);
        AddPart(instance.Namespace);
        Add("/");
        Add(node?.Node);
        Add("/");
        Add(instance.Id);
    }

    private void AddPart(string? part)
    {
        if (!string.IsNullOrEmpty(part))
        {
            Add("/");
            Add(part);
        }
    }

    private void Add(string? part)
    {
        var length = part?.Length ?? 0;
        if (_length + length > _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * (_length + length));
        }

        part.AsSpan().CopyTo(_buffer.AsSpan(_length));
        _length += length;
    }
}
