using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.DependencyInjection;

/// <summary>The builder behind <c>AddClientLb()</c>.</summary>
internal sealed class ClientLbBuilder(IServiceCollection services) : IClientLbBuilder
{
    public IServiceCollection Services { get; } = services;
}
