using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.ServiceDiscovery;

namespace ClientLb.ServiceDiscovery.Tests.Bridge;

/// <summary>A provider that says what a test makes it say, and can be held in the middle of a refresh.</summary>
internal sealed class ScriptedProvider : IServiceEndpointProviderFactory
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string[] Addresses { get; set; } = ["10.0.0.1:80"];

    public Exception? Error { get; set; }

    /// <summary>True holds a refresh, after it has read the addresses, until it is released.</summary>
    public bool Holds { get; set; }

    public CountedToken Token { get; private set; } = new();

    public List<CountedToken> Tokens { get; } = [];

    public int Created { get; private set; }

    public int Disposed { get; private set; }

    public bool TryCreateProvider(ServiceEndpointQuery query, [NotNullWhen(true)] out IServiceEndpointProvider? provider)
    {
        Created++;
        provider = new Provider(this);
        return true;
    }

    private async ValueTask PopulateAsync(IServiceEndpointBuilder endpoints, CancellationToken cancellationToken)
    {
        Token = new();
        Tokens.Add(Token);
        endpoints.AddChangeToken(Token);
        var (addresses, error) = (Addresses, Error);
        if (Holds)
        {
            _held.TrySetResult();
            await _released.Task.WaitAsync(cancellationToken);
        }

        if (error is not null)
        {
            throw error;
        }

        foreach (var address in addresses)
        {
            Assert.True(ServiceEndpoint.TryParse(address, out var endpoint));
            endpoints.Endpoints.Add(endpoint);
        }
    }

    public Task HeldAsync() => _held.Task.WaitAsync(TimeSpan.FromSeconds(20));

    public void Release() => _released.TrySetResult();

    private sealed class Provider(ScriptedProvider script) : IServiceEndpointProvider
    {
        public ValueTask PopulateAsync(IServiceEndpointBuilder endpoints, CancellationToken cancellationToken) => script.PopulateAsync(endpoints, cancellationToken);

        public ValueTask DisposeAsync()
        {
            script.Disposed++;
            return ValueTask.CompletedTask;
        }
    }
}
