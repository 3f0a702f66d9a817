namespace ClientLb.IntegrationTests.Infrastructure;

/// <summary>Zeros of a length that nobody knows beforehand: sent in chunks, once.</summary>
internal sealed class UnseekableStream(int length) : MemoryStream(new byte[length])
{
    public override bool CanSeek => false;
}
